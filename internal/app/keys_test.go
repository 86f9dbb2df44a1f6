package app

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/password"
	"rekey/internal/seal"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// The proof covers only the primary keys. A mailed password, or a secret that is not
// sent yet, may need an older one.
func TestKeyFileThatLacksWhatIsNeededIsRefused(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ours := openedKeys(t)
	theirs := openedKeys(t)
	generated, err := password.Generate(rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := password.NewMailed(theirs).Make(generated, "d")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := theirs.Seal([]byte("secret"), "d")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change  func(*rekey.Delivery)
		refused bool
	}{
		"mailed password":  {func(d *rekey.Delivery) { d.Verifier = verifier }, true},
		"to be sent":       {func(d *rekey.Delivery) { d.Sealed = sealed }, true},
		"expired":          {func(d *rekey.Delivery) { d.Verifier, d.ValidUntil = verifier, now }, false},
		"nothing is there": {func(*rekey.Delivery) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.Open(t)
			d := rekey.Delivery{ID: "d", RunID: "r", UserID: "u", Number: 1, State: rekey.DeliveryQueued, UpdatedAt: now}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				u := rekey.SystemUser{ID: "u", Address: "u@example.org", AddressKey: "u@example.org", Type: rekey.TypeUI,
					Role: rekey.RoleMember, Status: rekey.UserActive}
				if err := tx.InsertUser(t.Context(), u); err != nil {
					return err
				}
				if err := tx.Plan(t.Context(), []rekey.Delivery{d}); err != nil {
					return err
				}
				d.State, d.IssuedAt, d.ValidUntil = rekey.DeliveryIssued, now.Add(-time.Hour), now.Add(time.Hour)
				c.change(&d)
				_, err := tx.Issue(t.Context(), []rekey.Delivery{d})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = adoptKeys(t.Context(), db, ours, now)
			if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "restore the key file") {
				t.Errorf("got %v", err)
			}
			if err := adoptKeys(t.Context(), db, theirs, now); c.refused && err != nil {
				t.Errorf("the right ones: %v", err)
			}
		})
	}
}

func openedKeys(t *testing.T) *seal.Keys {
	t.Helper()
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
