package access

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/store"
)

// interrupted calls a function once, before a password is set.
type interrupted struct {
	*directorytest.Fake

	first atomic.Pointer[func()]
}

// Choose implements Directory.
func (i *interrupted) Choose(ctx context.Context, key directory.Key, token directory.Token, chosen rekey.Secret) (directory.Token, directory.Outcome) {
	if before := i.first.Swap(nil); before != nil {
		(*before)()
	}
	return i.Fake.Choose(ctx, key, token, chosen)
}

// before calls a function before the next password is set.
func (d *inDirectory) before(call func()) {
	i := &interrupted{Fake: d.fake}
	i.first.Store(&call)
	d.Directories["staff"] = i
}

func (d *inDirectory) outcome() string {
	d.t.Helper()
	writes, err := d.Store.DirectoryWrites(d.t.Context(), []string{d.mailed}, rekey.WriteChoose)
	d.ok(err)
	return writes[d.mailed].Outcome
}

// The mailed password is redeemed once: the slower of two tabs sets nothing.
func TestSlowerTabSetsNothingAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, afterLostReply := range map[string]bool{"at the first try": false, "after a lost reply": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, d *inDirectory) {
				if afterLostReply {
					d.fake.LoseReplies(1)
					if err := d.chooses(chosen); err == nil {
						t.Fatal("the reply was not lost")
					}
				}
				d.before(func() {
					d.pass(2 * time.Second) // tokens of OpenLDAP have whole seconds
					d.ok(d.chooses(chosen3))
				})
				if err := d.chooses(chosen2); err == nil {
					t.Error("the slower tab says that its password is set")
				}
				d.binds(chosen3, true)
				d.binds(chosen2, false)
				if got := d.outcome(); got != rekey.WriteSet {
					t.Errorf("on record: %q", got)
				}
			})
		})
	}
}

func TestSecondClickEndsLikeTheFirst(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, d *inDirectory) {
		d.fake.LoseReplies(1)
		if err := d.chooses(chosen); err == nil {
			t.Fatal("the reply was not lost")
		}
		d.before(func() { d.ok(d.chooses(chosen)) })
		if err := d.chooses(chosen); err != nil && rekey.CodeOf(err) != rekey.CodeConflict {
			t.Errorf("error: %v", err)
		}
		d.binds(chosen, true)
		d.mailedOpens(false)
	})
}

// A first try that never arrived is no way to keep the old password.
func TestOldPasswordIsNotChosenAgainAfterALostRequest(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, d *inDirectory) {
		if d.fake.Kind() == directory.AD {
			return // it says nothing of the present password
		}
		d.ok(d.fake.SetPolicy(t.Context(), "grace", directorytest.Policy{History: 3}))
		d.pass(2 * time.Hour)
		found, err := d.fake.Read(t.Context(), []directory.Key{directory.Key(d.grace.Directory.Key)})
		d.ok(err)
		w := rekey.DirectoryWrite{DeliveryID: d.mailed, Kind: rekey.WriteChoose, UserID: d.grace.ID,
			Token: string(found[directory.Key(d.grace.Directory.Key)].Token), BegunAt: d.clock()}
		d.update(func(tx *store.Tx) error { return tx.PutDirectoryWrite(t.Context(), w) })
		if err := d.chooses(thereBefore); !fields(err)["new_password"] {
			t.Errorf("the old password: %v", err)
		}
		d.mailedOpens(true)
		d.ok(d.chooses(chosen))
		d.binds(chosen, true)
	})
}
