package admin_test

import (
	"context"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
)

// adapted is the real database with the queries as this package names them.
type adapted struct{ store.Adapted[admin.Tx] }

func adapt(db *store.DB) adapted {
	return adapted{store.Adapt(db, func(tx *store.Tx) admin.Tx { return tx })}
}

func (s adapted) Users(ctx context.Context, q admin.UserQuery) ([]rekey.SystemUser, error) {
	return s.DB.Users(ctx, store.UserQuery(q))
}

func (s adapted) Automations(ctx context.Context, q admin.AutomationQuery) ([]rekey.Automation, error) {
	return s.DB.Automations(ctx, store.AutomationQuery(q))
}

func (s adapted) Runs(ctx context.Context, q admin.RunQuery) ([]rekey.Run, error) {
	return s.DB.Runs(ctx, store.RunQuery(q))
}

func (s adapted) Deliveries(ctx context.Context, q admin.DeliveryQuery) ([]rekey.Delivery, error) {
	return s.DB.Deliveries(ctx, store.DeliveryQuery(q))
}

func (s adapted) Tallies(ctx context.Context, runIDs []string, maxRank int) (map[string][]admin.Tally, map[string]int64, error) {
	tallies, hidden := map[string][]admin.Tally{}, map[string]int64{}
	err := s.TalliesWithin(ctx, runIDs, maxRank, func(runID string, t store.Tally, above int64) {
		if t.Count > 0 {
			tallies[runID] = append(tallies[runID], admin.Tally(t))
		}
		hidden[runID] += above
	})
	return tallies, hidden, err
}
