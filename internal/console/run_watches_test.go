package console

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

func TestThoseWhoWatchARunShareWhatIsRead(t *testing.T) {
	t.Parallel()
	var w watches
	user := func(id string, role rekey.Role) rekey.SystemUser {
		return rekey.SystemUser{ID: id, Role: role, Status: rekey.UserActive}
	}
	ada, bo, eve := user("ada", rekey.RoleManager), user("bo", rekey.RoleManager), user("eve", rekey.RoleOperator)
	first, leaveFirst, _ := w.enter(ada, "run")
	second, leaveSecond, _ := w.enter(bo, "run")
	lower, leaveLower, _ := w.enter(eve, "run")
	if first != second || first == lower {
		t.Error("who may view the same shares, and nobody else")
	}
	var reads int64
	read := func(context.Context) (admin.RunView, error) {
		reads++
		return admin.RunView{Tallies: []rekey.Tally{{State: rekey.DeliverySent, Count: 60 * reads}}}, nil
	}
	start := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	for i, after := range []time.Duration{0, 100 * time.Millisecond, time.Second, 1100 * time.Millisecond} {
		run, rate, err := first.look(t.Context(), start.Add(after), read)
		if want := int64(1 + i/2); err != nil || reads != want || run.Tallies[0].Count != 60*want || rate != 60*(want-1) {
			t.Errorf("after %s: read %d times, %+v, %d/s (%v)", after, reads, run.Tallies, rate, err)
		}
	}
	failed := errors.New("read")
	if _, _, err := first.look(t.Context(), start.Add(time.Hour), func(context.Context) (admin.RunView, error) { return admin.RunView{}, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if _, rate, _ := first.look(t.Context(), start.Add(time.Hour), read); rate != 0 {
		t.Errorf("after an hour of nothing: %d/s", rate)
	}
	leaveFirst()
	leaveSecond()
	leaveLower()
	if len(w.users) != 0 || len(w.runs) != 0 {
		t.Errorf("left behind: %+v", &w)
	}
}

func TestWhoeverListensIsToldEveryFiveSecondsAtMost(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	w := httptest.NewRecorder()
	c := &Console{Config: Config{Clock: func() time.Time { return start }}, zone: time.UTC}
	s := &runStream{Console: c, w: w, r: httptest.NewRequest(http.MethodGet, "/", nil), tab: runTabs[0], told: map[string]string{}}
	run := admin.RunView{Run: rekey.Run{State: rekey.RunSending, Detail: "x\revent: over\r\ndata: over"}}
	for second := range 11 {
		run.Tallies = []rekey.Tally{{State: rekey.DeliverySent, Count: int64(second)}, {State: rekey.DeliveryQueued, Count: 20}}
		if err := s.changed(start.Add(time.Duration(second)*time.Second), run, 1, false); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(w.Body.String(), "event: said\n"); n != 2 {
		t.Errorf("told %d times, want twice in ten seconds", n)
	}
	if n := strings.Count(w.Body.String(), "event: live\n"); n != 11 {
		t.Errorf("shown %d times, want with each change", n)
	}
	if strings.Contains(w.Body.String(), "\r") || strings.Contains(w.Body.String(), "\nevent: over") {
		t.Error("a text makes an event")
	}
}
