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

// Check is a check of readiness.
type Check struct {
	Name string // "database"
	// Needed: if the check fails, the server is not ready. Otherwise, as for the
	// mail server, it is only degraded: events are still stored and wait.
	Needed bool
	// Look returns an error for the log if the check fails.
	Look func(ctx context.Context) error
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string            `json:"status"` // ok, degraded, unavailable
	Checks map[string]string `json:"checks"` // ok, failing
}

// Health answers /healthz and /readyz.
//
// /healthz answers 200 if the process runs. /readyz answers 200 with "ok", 200
// with "degraded" if a check fails that is not needed, and 503 with "unavailable"
// if a needed one fails. It names the checks; the log has the errors. The checks
// run at most once a second.
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

// look runs all checks in parallel, at most once in checkEvery.
func (h *Health) look(ctx context.Context) readiness {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if !h.looked.IsZero() && now.Sub(h.looked) < checkEvery {
		return h.last
	}
	// The caller may go away, but the next caller gets the same answer.
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
	_ = json.NewEncoder(w).Encode(v) // there is nobody to tell if the client is gone
}
