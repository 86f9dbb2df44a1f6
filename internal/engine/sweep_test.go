package engine_test

import (
	"context"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/suite"
)

func TestSweepTakesUpMoreThanOneTransactionHoldsAndEachOnce(t *testing.T) {
	t.Parallel()
	const lost = engine.SweepLimit + 10
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	for range lost {
		h.happen()
	}
	for _, grace := range []time.Duration{0, time.Minute} {
		h.loseJobs()
		h.pass(2 * time.Minute)
		ctx, cancel := context.WithTimeout(h.ctx, suite.Limit)
		err := h.Sweep(ctx, grace)
		cancel()
		h.must(err)
		jobs := 0
		for _, ok := h.nextJob(); ok; _, ok = h.nextJob() {
			jobs++
		}
		if jobs != lost {
			t.Errorf("grace %s: %d jobs for %d runs", grace, jobs, lost)
		}
	}
}
