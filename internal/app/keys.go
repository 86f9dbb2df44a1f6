package app

import (
	"context"
	"errors"
	"fmt"

	"rekey"
	"rekey/internal/seal"
	"rekey/internal/store"
)

// keyProof names the setting that tells whether a key file belongs to a
// database.
const keyProof = "key_proof"

// openKeys opens the keys of a database. Only a database that has never had
// keys is given new ones: in place of lost ones they would turn every password
// that is under way into one that nobody can send.
func openKeys(ctx context.Context, db *store.DB, path string) (*seal.Keys, error) {
	proof, err := db.Setting(ctx, keyProof)
	if err != nil {
		return nil, fmt.Errorf("read key proof: %w", err)
	}
	keys, err := seal.Open(path)
	if errors.Is(err, seal.ErrNoKeys) && proof == nil {
		keys, err = seal.Create(path)
	}
	if err != nil {
		return nil, keyError(err)
	}
	return keys, adoptKeys(ctx, db, keys)
}

// adoptKeys refuses keys that do not belong to the database, and notes those
// that do unless it knows them all.
func adoptKeys(ctx context.Context, db *store.DB, keys *seal.Keys) error {
	proof, err := db.Setting(ctx, keyProof)
	if err != nil {
		return fmt.Errorf("read key proof: %w", err)
	}
	stale := proof == nil
	if !stale {
		if stale, err = keys.Verify(proof); err != nil {
			return keyError(err)
		}
	}
	if !stale {
		return nil
	}
	if proof, err = keys.Proof(); err != nil {
		return keyError(err)
	}
	return db.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(ctx, keyProof, proof) })
}

// keyError is an error of the keys as the operator is told it; its text says
// which file and what to do, and nothing of the keys.
func keyError(err error) error {
	return &rekey.Error{Code: rekey.CodeUnavailable, Message: err.Error(), Cause: err}
}
