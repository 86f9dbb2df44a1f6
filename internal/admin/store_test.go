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

func (s adapted) Unsent(ctx context.Context, q admin.UnsentQuery) ([]rekey.Delivery, error) {
	return s.DB.Unsent(ctx, store.UnsentQuery(q))
}

func (s adapted) CountUsers(ctx context.Context, q admin.UserQuery, limit int) (int, error) {
	return s.DB.CountUsers(ctx, store.UserQuery(q), limit)
}

func (s adapted) CountRuns(ctx context.Context, q admin.RunQuery, limit int) (int, error) {
	return s.DB.CountRuns(ctx, store.RunQuery(q), limit)
}

func (s adapted) CountDeliveries(ctx context.Context, q admin.DeliveryQuery, limit int) (int, error) {
	return s.DB.CountDeliveries(ctx, store.DeliveryQuery(q), limit)
}

func (s adapted) CountUnsent(ctx context.Context, q admin.UnsentQuery, limit int) (int, error) {
	return s.DB.CountUnsent(ctx, store.UnsentQuery(q), limit)
}
