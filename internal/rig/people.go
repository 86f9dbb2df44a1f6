package rig

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/app"
	"rekey/internal/store"
)

// Insert stores active system users, created at a moment, with one chosen password,
// or none if it is "". A user without a type or a role becomes a Member of type UI.
// Only the fields of the users are checked.
func Insert(ctx context.Context, a *app.App, chosen string, at time.Time, users ...*rekey.SystemUser) error {
	verifier, err := a.Access.Argon2.Hash(ctx, rekey.NewSecret(chosen))
	if err != nil {
		return err
	}
	return a.DB.Update(ctx, func(tx *store.Tx) error {
		for _, u := range users {
			u.ID, u.CreatedAt, u.Version, u.PasswordVersion = uuid.Must(uuid.NewV7()).String(), at, 1, 1
			u.Status, u.Type, u.Role = rekey.UserActive, cmp.Or(u.Type, rekey.TypeUI), cmp.Or(u.Role, rekey.RoleMember)
			if err := u.Validate(); err != nil {
				return err
			}
			if err := tx.InsertUser(ctx, *u); err != nil {
				return err
			}
			if chosen == "" {
				continue
			}
			if err := tx.CompleteChange(ctx, u.ID, "", verifier, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// Token stores a token of a system user, made at a moment, and returns its text.
func Token(ctx context.Context, a *app.App, userID string, now time.Time) (string, error) {
	text := rekey.TokenPrefix + rand.Text() + rand.Text()
	t := rekey.Token{ID: uuid.Must(uuid.NewV7()).String(), UserID: userID, Name: "rig", CreatedAt: now, ExpiresAt: now.Add(rekey.MaxTokenLife)}
	return text, a.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertToken(ctx, t, rekey.TokenHash(rekey.NewSecret(text)))
	})
}

// Chosen returns a password that a person could choose, of 100 random bits.
func Chosen() string {
	text := strings.ToLower(rand.Text()[:20])
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:]
}
