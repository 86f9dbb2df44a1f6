package engine_test

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
	"rekey/internal/pgtest"
	"rekey/internal/seal"
	"rekey/internal/selection"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

// deactivate keeps events from starting runs of an automation.
func (h *harness) deactivate(a rekey.Automation) {
	h.t.Helper()
	a.Status = rekey.AutomationInactive
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version) }))
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
func (h *harness) mustJob(kind engine.JobKind) engine.Job {
	h.t.Helper()
	job, ok := h.nextJob()
	if !ok || job.Kind != kind {
		h.t.Fatalf("the next job is %v, want one to %s", job, kind)
	}
	return job
}
