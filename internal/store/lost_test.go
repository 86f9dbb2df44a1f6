package store

import (
	"testing"

	"rekey"
	"rekey/internal/engine"
)

// A lost batch of many is bulk again, so that others may overtake it.
func TestALostBatchIsBulkIfItsRunHasMore(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	alone, _ := f.queued(f.user())
	many, list := f.queued(f.user())
	second := list[0]
	second.ID, second.UserID, second.Batch = f.id(), f.user().ID, 2
	f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{second}) })
	f.write(func(tx *Tx) error {
		jobs, err := tx.LostBatches(f.ctx, noon, noon, 10)
		found := map[engine.Job]bool{}
		for _, job := range jobs {
			found[job] = true
		}
		same(t, found, map[engine.Job]bool{
			{Kind: engine.JobDeliver, RunID: alone.ID, Batch: 1}:            true,
			{Kind: engine.JobDeliver, RunID: many.ID, Batch: 1, Bulk: true}: true,
			{Kind: engine.JobDeliver, RunID: many.ID, Batch: 2, Bulk: true}: true,
		})
		return err
	})
}
