package store

import (
	"testing"
	"time"

	"rekey"
)

func TestRecoverHasBatchesLookedAtWhenThereIsSomethingToDo(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	settled := f.issued(f.user(), noon)
	f.settle(accepted(settled, noon)) // and killed before the batch was closed
	deferred := f.issued(f.user(), noon)
	again := deferred
	again.State, again.Attempting, again.NextAttempt = rekey.DeliveryDeferred, false, at(time.Minute)
	f.settle(again)
	waiting, _ := f.queued(f.user())
	f.write(func(tx *Tx) error {
		for _, run := range []string{settled.RunID, deferred.RunID, waiting.ID} {
			if err := tx.PostponeBatch(f.ctx, run, 1, at(3*time.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
	f.ok(f.Recover(f.ctx))
	for run, want := range map[string]time.Time{settled.RunID: noon, waiting.ID: noon, deferred.RunID: at(time.Minute)} {
		if next, open := f.nextAt(run); !open || next.After(want) || !want.Equal(noon) && next.Before(want) {
			t.Errorf("looked at %s, want %s, open %v", next, want, open)
		}
	}
}
