package e2e

import (
	"testing"

	"rekey"
	"rekey/client"
)

// What an undo does, as it is seen from the page of the log-in. Whoever undoes has paused
// everything first.
func TestUndoEndsTheMailedPasswordOfThoseWhoseOwnWorks(t *testing.T) {
	t.Parallel()
	for _, setting := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
		t.Run(string(setting), func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, o options) {
				w := setup(t, o)
				w.automation(w.admin, rekey.SendParams{OldPassword: setting}, nil)
				found := w.people("ada", "bo")
				ada, bo := found[0], found[1]
				saved, err := w.admin.CreateUser(t.Context(), client.User{Address: "new@example.org", Type: "ui", Role: "member"})
				if err != nil {
					t.Fatal(err)
				}
				newcomer := person{User: saved}
				event := w.leaked(ada, bo, newcomer)
				run := w.run(event, client.Run.Ended)
				mailed := map[string]string{}
				for _, p := range []person{ada, bo, newcomer} {
					mailed[p.ID] = w.receive(event, p)
				}
				begun := w.browser("")
				if got := entryOf(t, begun.logIn(bo.Address, mailed[bo.ID])); got != toChange {
					t.Fatalf("bo's mailed password leads to: %s", got)
				}
				if _, err := w.admin.PauseSending(t.Context(), "the wrong people"); err != nil {
					t.Fatal(err)
				}
				if _, err := w.admin.UndoRun(t.Context(), run.ID); err != nil {
					t.Fatal(err)
				}
				run = w.run(event, func(r client.Run) bool { return !r.UndoneAt.IsZero() && !r.Undoing })

				revoked := setting == rekey.RevokeAtOnce
				if want := map[bool]int{false: 1}[revoked]; run.UndoneEnded != want || run.UndoneKept != 3-want {
					t.Errorf("%d ended, %d kept", run.UndoneEnded, run.UndoneKept)
				}
				if revoked {
					w.wantEntry(ada, mailed[ada.ID], toChange)
				} else {
					w.wantEntry(ada, ada.password, asOwner)
					w.wantEntry(ada, mailed[ada.ID], refused)
				}
				w.wantEntry(newcomer, mailed[newcomer.ID], toChange)
				chosen := w.newPassword(bo.Address)
				if got := entryOf(t, begun.choose(mailed[bo.ID], chosen)); got != asOwner {
					t.Errorf("bo had begun to choose, and gets: %s", got)
				}
				w.wantEntry(bo, chosen, asOwner)
			})
		})
	}
}
