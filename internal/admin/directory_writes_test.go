package admin_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/store"
)

func TestChangeByOthersIsShownAndEndsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write   string // the outcome of a choice that Rekey wrote for another delivery; "-" for none
		changes bool
		want    bool
	}{
		"nobody":                      {"-", false, false},
		"the help desk":               {"-", true, true},
		"perhaps Rekey itself":        {"", true, false},
		"others, and Rekey could not": {rekey.WriteRefused, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := settled(t, 2)
			u := i.imported(1)
			d := i.mailed(u)
			i.pass(time.Hour)
			if c.write != "-" {
				i.must(i.db.Update(i.ctx, func(tx *store.Tx) error {
					return tx.PutDirectoryWrite(i.ctx, rekey.DirectoryWrite{DeliveryID: "another", Kind: rekey.WriteChoose, UserID: u.ID, BegunAt: i.now(), Outcome: c.write})
				}))
			}
			if c.changes {
				i.shelf.edit("key-00001", func(a *directory.Account) { a.Token, a.PasswordChangedAt = "2", i.now().Add(time.Minute) })
			}
			i.sync(true)
			i.pass(time.Hour)
			got, err := i.DirectoryWrites(i.ctx, i.root, d.ID)
			i.must(err)
			if got.ChangedAt.IsZero() == c.want || c.want && !got.ChangedAt.Equal(monday.Add(61*time.Minute)) {
				t.Errorf("changed at %s", got.ChangedAt)
			}
			if !i.lives(u) {
				t.Error("the mailed password has ended")
			}
		})
	}
}
