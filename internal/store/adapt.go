package store

import "context"

// Adapted is the database for a package that has a name of its own for what it
// needs of a transaction.
type Adapted[T any] struct {
	*DB
	as func(*Tx) T
}

// Adapt returns db with transactions of type T, an interface that *Tx has. The
// caller passes the identity, so that the compiler checks that it has:
//
//	store.Adapt(db, func(tx *store.Tx) engine.Tx { return tx })
func Adapt[T any](db *DB, as func(*Tx) T) Adapted[T] { return Adapted[T]{db, as} }

// Update is DB.Update with a transaction of type T.
func (a Adapted[T]) Update(ctx context.Context, fn func(T) error) error {
	return a.DB.Update(ctx, func(tx *Tx) error { return fn(a.as(tx)) })
}
