package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"rekey"
	"rekey/internal/password"
	"rekey/internal/remedy"
	"rekey/internal/seal"
	"rekey/internal/store"
)

// keyProof names the setting that tells whether a key file belongs to a
// database.
const keyProof = "key_proof"

// openKeys opens the keys of a database. It makes new ones only for a database that
// never had keys: with new keys in place of lost ones, no password that is under
// way could be sent.
func openKeys(ctx context.Context, db *store.DB, path string, now time.Time) (*seal.Keys, error) {
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
	return keys, adoptKeys(ctx, db, keys, now)
}

// adoptKeys refuses keys that do not belong to the database, or that lack a key
// which the database needs. It stores a new proof if the old one lacks a key.
func adoptKeys(ctx context.Context, db *store.DB, keys *seal.Keys, now time.Time) error {
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
	if err := suffice(ctx, db, keys, now); err != nil {
		return err
	}
	if !stale {
		return nil
	}
	if proof, err = keys.Proof(); err != nil {
		return keyError(err)
	}
	return db.Update(ctx, func(tx *store.Tx) error {
		// Another node may have come first, with a key file of its own.
		first, err := tx.Setting(ctx, keyProof)
		if err != nil {
			return err
		}
		if first != nil {
			if _, err := keys.Verify(first); err != nil {
				return keyError(err)
			}
		}
		return tx.PutSetting(ctx, keyProof, proof)
	})
}

// suffice returns an error if the keys lack one that a mailed password or a sealed
// secret needs: a proof covers only the primary keys.
func suffice(ctx context.Context, db *store.DB, keys *seal.Keys, now time.Time) error {
	// Concurrent reads without memory mapping: a walk through all mailed passwords
	// would otherwise count as this process's memory.
	verifiers, seals, err := db.Concurrent().KeyedValues(ctx, now)
	if err != nil {
		return fmt.Errorf("read which keys are needed: %w", err)
	}
	token, err := db.Setting(ctx, mailAccount)
	if err != nil {
		return fmt.Errorf("read which keys are needed: %w", err)
	}
	var ids []string
	for _, verifier := range verifiers {
		if id, err := password.MailedKeyID(verifier); err == nil { // a malformed verifier needs no key
			ids = append(ids, id)
		}
	}
	for _, sealed := range append(seals, token) {
		if id, err := seal.KeyIDOf(sealed); err == nil {
			ids = append(ids, id)
		}
	}
	if err := keys.Check(ids...); err != nil {
		return keyError(err)
	}
	return nil
}

// keyError turns an error of the keys into one for the operator. It says which file
// and what to do, and holds nothing of the keys.
//
// Errors: CodeInvalid, naming the field keys, if the operator has to act;
// CodeUnavailable if it may work later.
func keyError(err error) error {
	message, code := strings.TrimPrefix(err.Error(), "seal: "), rekey.CodeInvalid
	var pathError *fs.PathError
	if errors.As(err, &pathError) && !errors.Is(err, seal.ErrNoKeys) {
		message = remedy.File(pathError.Path, err)
	}
	if remedy.Passing(err) {
		code = rekey.CodeUnavailable
	}
	return &rekey.Error{Code: code, Message: message, Cause: err, Fields: []rekey.FieldError{{Field: "keys", Message: message}}}
}
