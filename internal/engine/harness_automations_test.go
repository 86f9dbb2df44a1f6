package engine_test

import (
	"context"
	"rekey"
	"rekey/internal/engine"
	"rekey/internal/store"
	"time"
)

// deactivate keeps events from starting runs of an automation.
func (h *harness) deactivate(a rekey.Automation) {
	h.t.Helper()
	a.Status = rekey.AutomationInactive
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version, "") }))
}

func (h *harness) deactivateAll() {
	h.t.Helper()
	list, err := h.db.ActiveAutomations(h.ctx, rekey.External)
	h.must(err)
	for _, a := range list {
		h.deactivate(a)
	}
}

// mustJob takes the next job, which must be of a kind.
func (h *harness) mustJob(kind engine.TaskKind) engine.Task {
	h.t.Helper()
	job, ok := h.nextJob()
	if !ok || job.Kind != kind {
		h.t.Fatalf("the next job is %v, want one to %s", job, kind)
	}
	return job
}

// nobody observes.
type nobody struct{}

func (nobody) Event(rekey.Event, bool)                {}
func (nobody) Run(rekey.Run)                          {}
func (nobody) Delivery(rekey.Delivery, time.Duration) {}

// issues calls onIssue.
type issues struct {
	*store.Tx
	h *harness
}

func (i issues) Issue(ctx context.Context, batch []rekey.Delivery) ([]rekey.Delivery, error) {
	i.h.onIssue(i.Tx)
	return i.Tx.Issue(ctx, batch)
}
