package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"

	healthPattern  = "GET " + healthPath
	readyPattern   = "GET " + readyPath
	metricsPattern = "GET " + metricsPath

	checkTimeout = 2 * time.Second
	checkEvery   = time.Second
)

// Check is something that must work, or should.
type Check struct {
	Name string // "database"
	// Needed: without it the server is not ready. What is not needed, such as
	// the mail server, only makes it degraded: events are still taken and
	// wait.
	Needed bool
	// Look returns what is wrong; the text goes to the log.
	Look func(ctx context.Context) error
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string            `json:"status"` // ok, degraded, unavailable
	Checks map[string]string `json:"checks"` // ok, failing
}

// Health answers /healthz and /readyz.
//
// /healthz says that the process answers. /readyz says whether it can do its
// work: 200 with "ok", 200 with "degraded" when something that is not needed
// fails, and 503 with "unavailable" when something needed does. It says which,
// and not why: that is in the log. It looks at most once a second.
type Health struct {
	log    *slog.Logger
	now    func() time.Time
	checks []Check

	mu     sync.Mutex
	looked time.Time
	last   readiness
}

// NewHealth returns the checks of a server.
func NewHealth(log *slog.Logger, now func() time.Time, checks ...Check) *Health {
	return &Health{log: log, now: now, checks: checks}
}

// Register adds the routes.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc(healthPattern, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc(readyPattern, func(w http.ResponseWriter, r *http.Request) {
		state := h.look(r.Context())
		status := http.StatusOK
		if state.Status == "unavailable" {
			status = http.StatusServiceUnavailable
		}
		writeJSON(w, status, state)
	})
}

// look asks all checks at once, unless that was done a moment ago.
func (h *Health) look(ctx context.Context) readiness {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if !h.looked.IsZero() && now.Sub(h.looked) < checkEvery {
		return h.last
	}
	// Who asked may go away; the next one gets the same answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	failures := make([]error, len(h.checks))
	var all sync.WaitGroup
	for i, check := range h.checks {
		all.Go(func() { failures[i] = check.Look(ctx) })
	}
	all.Wait()
	state := readiness{Status: "ok", Checks: make(map[string]string, len(h.checks))}
	for i, check := range h.checks {
		if failures[i] == nil {
			state.Checks[check.Name] = "ok"
			continue
		}
		state.Checks[check.Name] = "failing"
		h.log.WarnContext(ctx, "check failed", "check", check.Name, "needed", check.Needed, "error", failures[i])
		if check.Needed {
			state.Status = "unavailable"
		} else if state.Status == "ok" {
			state.Status = "degraded"
		}
	}
	h.looked, h.last = now, state
	return state
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever does not read the answer cannot be told
}
