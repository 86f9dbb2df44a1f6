package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/remedy"
	"rekey/internal/seal"
	"rekey/internal/store"
)

// What is done on the server's own machine, with its files, and not through
// the API.

// Migrate migrates the database, and creates it if it does not exist. It returns
// the schema's versions before and after. No server may have a SQLite file open.
func Migrate(ctx context.Context, c Config) (before, after int64, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return 0, 0, err
	}
	db, err := store.Open(ctx, c.Database)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if before, _, err = db.SchemaVersion(ctx); err != nil {
		return 0, 0, err
	}
	if err = db.Migrate(ctx); err != nil {
		return 0, 0, err
	}
	after, _, err = db.SchemaVersion(ctx)
	return before, after, err
}

// RotateKeys adds new primary keys to the key file and returns its path. The old
// ones stay, so that pending and mailed passwords still work. A running server
// uses the new keys after App.ReloadKeys.
//
// Errors: CodeConflict if the database was moved elsewhere: rotate the keys there.
func RotateKeys(ctx context.Context, c Config) (path string, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return "", err
	}
	if !store.IsPostgres(c.Database) { // rotation must work while PostgreSQL is down
		db, err := openInUse(ctx, c)
		if err == nil {
			err = db.Close()
		}
		if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return "", err
		}
	}
	if message := remedy.ForAnother(c.Keys); message != "" {
		return "", rekey.Invalid("keys", message)
	}
	if err := seal.Rotate(c.Keys); err != nil {
		return "", keyError(err)
	}
	return c.Keys, nil
}

// Recovery is a set-up address for an Administrator.
type Recovery struct {
	// Address is the Administrator's, "" for the first Administrator.
	Address string
	// URL holds the token: show it to the operator, and never log it. It works
	// once, within an hour.
	URL rekey.Secret
}

// Recover makes a one-time set-up address for the Administrator with that email
// address. "" means the only Administrator, or the first if there is none yet. The
// server may be running.
//
// Errors: CodeNotFound without a database or such an Administrator; CodeInvalid
// if there are several and address is ""; CodeConflict if the database was moved
// elsewhere; those of the keys if they do not belong to the database.
func Recover(ctx context.Context, c Config, address string, now func() time.Time) (r Recovery, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return r, err
	}
	db, err := openInUse(ctx, c)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := proveKeys(ctx, db, c.Keys); err != nil {
		return r, err
	}
	user, err := administrator(ctx, db, address)
	if err != nil {
		return r, err
	}
	doors, err := access.New(access.Config{
		Store: db, Clock: now, NewID: newID,
	})
	if err != nil {
		return r, err
	}
	token, err := doors.MakeSetupLink(ctx, user.ID)
	if err != nil {
		return r, err
	}
	base := c.PublicURL
	if base == "" {
		base = "http://" + c.Listen
	}
	return Recovery{user.Address, rekey.NewSecret(base + "/setup?token=" + token.Reveal())}, nil
}

// openInUse opens a database that a server may be using, for a command on the
// server's machine. It refuses a database that was moved elsewhere, and says where
// it is now.
func openInUse(ctx context.Context, c Config) (*store.DB, error) {
	db, err := store.OpenInUse(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	if current, _, err := db.SchemaVersion(ctx); err != nil || current == 0 {
		if err == nil {
			err = rekey.NewError(rekey.CodeNotFound, c.DatabaseName()+" is not a Rekey database, or was never used.")
		}
		return nil, errors.Join(err, db.Close())
	}
	if err := db.NotMoved(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// proveKeys returns an error if the key file does not belong to the database. A
// caller who has only one of them is not the operator.
func proveKeys(ctx context.Context, db *store.DB, path string) error {
	proof, err := db.Setting(ctx, keyProof)
	if err != nil {
		return fmt.Errorf("read key proof: %w", err)
	}
	keys, err := seal.Open(path)
	if err == nil && proof != nil {
		_, err = keys.Verify(proof)
	}
	if err != nil {
		return keyError(err)
	}
	return nil
}

// administrator returns the Administrator for Recover; the zero value means the
// first one.
func administrator(ctx context.Context, db *store.DB, address string) (rekey.SystemUser, error) {
	all, err := db.Users(ctx, rekey.UserQuery{Role: rekey.RoleAdministrator, Status: rekey.UserActive, MaxRank: rekey.RankAdministrator, Limit: 100})
	if err != nil {
		return rekey.SystemUser{}, err
	}
	if address == "" && len(all) <= 1 {
		return append(all, rekey.SystemUser{})[0], nil
	}
	addresses := make([]string, len(all))
	for i, u := range all {
		if address != "" && strings.EqualFold(u.Address, address) {
			return u, nil
		}
		addresses[i] = u.Address
	}
	if address == "" {
		return rekey.SystemUser{}, rekey.Invalid("address", "There are several Administrators. Name one of them: "+strings.Join(addresses, ", ")+".")
	}
	return rekey.SystemUser{}, rekey.NewError(rekey.CodeNotFound, address+" is not an active Administrator.")
}

// GivePassword sets a chosen password, as if the user had chosen it at that time.
// It is for sample data only.
func (a *App) GivePassword(ctx context.Context, userID string, chosen rekey.Secret, at time.Time) error {
	verifier, err := a.Access.Argon2.Hash(ctx, chosen)
	if err != nil {
		return err
	}
	return a.DB.Update(ctx, func(tx *store.Tx) error { return tx.CompleteChange(ctx, userID, "", verifier, at) })
}
