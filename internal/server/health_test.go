package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rekey"
)

func TestReadinessSaysWhatFailsAndNotWhy(t *testing.T) {
	t.Parallel()
	broken := errors.New("password of the database is wrong")
	for name, c := range map[string]struct {
		database, transport error
		status              int
		text                string
	}{
		"all well":    {nil, nil, 200, `{"status":"ok","checks":{"database":"ok","transport":"ok"}}`},
		"no mail":     {nil, broken, 200, `{"status":"degraded","checks":{"database":"ok","transport":"failing"}}`},
		"no database": {broken, nil, 503, `{"status":"unavailable","checks":{"database":"failing","transport":"ok"}}`},
		"neither":     {broken, broken, 503, `{"status":"unavailable","checks":{"database":"failing","transport":"failing"}}`},
	} {
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		asked := 0
		mux := http.NewServeMux()
		NewHealth(slog.New(slog.DiscardHandler), func() time.Time { return now },
			Check{Name: "database", Needed: true, Look: func(context.Context) error { asked++; return c.database }},
			Check{Name: "transport", Look: func(context.Context) error { return c.transport }},
		).Register(mux)
		ask := func(path string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			return w
		}
		if w := ask("/readyz"); w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.text {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if w := ask("/healthz"); w.Code != 200 {
			t.Errorf("%s: alive %d", name, w.Code)
		}
		ask("/readyz")
		if asked != 1 {
			t.Errorf("%s: looked %d times within a second", name, asked)
		}
		now = now.Add(2 * time.Second)
		ask("/readyz")
		if asked != 2 {
			t.Errorf("%s: looked %d times after two seconds", name, asked)
		}
	}
}

func TestMetricsCountWithoutNamingAnybody(t *testing.T) {
	t.Parallel()
	m := NewMetrics(QueueDepth(func() map[string]int { return map[string]int{"runs": 3} }), RunsHeld(func() map[string]int { return map[string]int{"above_ceiling": 2} }))
	m.Event(rekey.Event{Type: rekey.External, Name: "siem.leaked", Users: []string{"ada@example.org"}}, true)
	m.Run(rekey.Run{State: rekey.RunFinished})
	m.Delivery(rekey.Delivery{State: rekey.DeliverySent, Address: "ada@example.org", ReplyCode: 250}, 3*time.Second)
	m.Delivery(rekey.Delivery{State: rekey.DeliveryFailed, Reason: rekey.ReasonRefused, ReplyCode: 550, ReplyText: "no ada@example.org"}, time.Second)
	m.Delivery(rekey.Delivery{State: rekey.DeliverySkipped, Reason: rekey.ReasonAPIUser}, time.Second)
	m.LoginFailed("locked")
	m.request("GET /api/v1/users", 200)
	m.answered("GET /api/v1/users", time.Millisecond)
	mux := http.NewServeMux()
	m.Register(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		`rekey_events_total{repeat="true",type="external"} 1`,
		`rekey_runs_total{state="finished"} 1`,
		`rekey_deliveries_total{reason="",state="sent"} 1`,
		`rekey_deliveries_total{reason="refused",state="failed"} 1`,
		`rekey_deliveries_total{reason="api_user",state="skipped"} 1`,
		`rekey_event_to_acceptance_seconds_bucket{le="5"} 1`,
		`rekey_event_to_acceptance_seconds_bucket{le="2.5"} 0`,
		`rekey_smtp_replies_total{code="250"} 1`,
		`rekey_smtp_replies_total{code="550"} 1`,
		`rekey_login_failures_total{outcome="locked"} 1`,
		`rekey_queue_depth{what="runs"} 3`,
		`rekey_runs_held{reason="above_ceiling"} 2`,
		`rekey_http_requests_total{route="GET /api/v1/users",status="200"} 1`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if strings.Contains(w.Body.String(), "ada@") {
		t.Error("somebody is named")
	}
}
