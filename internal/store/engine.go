package store

import (
	"context"

	"rekey/internal/engine"
)

// ForEngine returns the database in the form that the engine needs.
func (db *DB) ForEngine() engine.Store { return forEngine{db} }

type forEngine struct{ *DB }

// Update implements engine.Store.
func (f forEngine) Update(ctx context.Context, fn func(engine.Tx) error) error {
	return f.DB.Update(ctx, func(tx *Tx) error { return fn(tx) })
}
