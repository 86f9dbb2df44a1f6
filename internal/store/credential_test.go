package store

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/password"
)

var credentialTests = map[string]func(*testing.T, *fixture){
	"ACompletedChangeEndsEverythingMailed": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		doubtful := f.issued(u, noon)
		failed := doubtful
		failed.State, failed.Doubtful, failed.Attempting = rekey.DeliveryFailed, true, false
		f.settle(failed)
		_, list := f.queued(u)
		keep := begun(list[0], u, at(time.Minute))
		keep.OldPassword = rekey.KeepUntilChanged
		f.issue(keep)
		f.settle(accepted(keep, at(time.Minute)))
		deferred := f.issued(u, at(time.Hour))
		deferred.State, deferred.Reason, deferred.NextAttempt, deferred.Attempting = rekey.DeliveryDeferred, rekey.ReasonDeferred, at(2*time.Hour), false
		f.settle(deferred)
		bystander := f.sent(other, noon)

		f.chooses(u, keep.ID, "own", at(90*time.Minute))
		c := f.credential(u)
		if c.Chosen != "own" || len(c.Mailed) != 0 {
			t.Errorf("%+v", c)
		}
		for id, want := range map[string]rekey.DeliveryState{failed.ID: rekey.DeliveryFailed, keep.ID: rekey.DeliveryDone, deferred.ID: rekey.DeliveryCancelled} {
			d := f.delivery(id)
			if want == rekey.DeliveryCancelled && d.Reason != rekey.ReasonChosenMeanwhile {
				t.Errorf("it is cancelled because %q", d.Reason)
			}
			if d.State != want || d.Verifier != "" || d.Sealed != nil || d.EndedAt.IsZero() || d.ChangedAt.IsZero() == (id == keep.ID) || want == rekey.DeliveryDone && d.Reason != "" {
				t.Errorf("%+v", d)
			}
		}
		same(t, f.delivery(bystander.ID), bystander)
		now := f.stored(u)
		if now.PasswordVersion != u.PasswordVersion+1 || !now.PasswordChangedAt.Equal(at(90*time.Minute)) || now.Version != u.Version {
			t.Errorf("%+v", now)
		}
	},
	"WhatIsQueuedWaitsThroughAChange": func(t *testing.T, f *fixture) {
		u := f.user()
		_, list := f.queued(u)
		f.chooses(u, "", "own", noon)
		same(t, f.delivery(list[0].ID), list[0])
	},
	"TheHistoryOfAYearIsKept": func(t *testing.T, f *fixture) {
		u := f.user()
		for i, verifier := range []string{"one", "two", "three"} {
			f.chooses(u, "", verifier, at(time.Duration(i)*time.Hour))
		}
		f.chooses(u, "", "three again", at(2*time.Hour))
		list, err := f.PasswordHistory(f.ctx, u.ID, at(time.Hour))
		same(t, got(t, list, err), []password.Past{{Verifier: "three again", SetAt: at(2 * time.Hour)}, {Verifier: "two", SetAt: at(time.Hour)}})
	},
	"ARehashDoesNotUndoAChange": func(t *testing.T, f *fixture) {
		u := f.user()
		f.chooses(u, "", "old", noon)
		f.write(func(tx *Tx) error { return tx.Rehash(f.ctx, u.ID, "old", "stronger") })
		same(t, f.credential(u).Chosen, "stronger")
		f.write(func(tx *Tx) error { return tx.Rehash(f.ctx, u.ID, "old", "late") })
		same(t, f.credential(u).Chosen, "stronger")
	},
	"ABlockEndsEverythingMailed": func(t *testing.T, f *fixture) {
		sentTo, queuedFor, underWay, other := f.user(), f.user(), f.user(), f.user()
		sent, issued, bystander := f.sent(sentTo, noon), f.issued(underWay, noon), f.sent(other, noon)
		_, queued := f.queued(queuedFor)
		for _, u := range []rekey.SystemUser{sentTo, queuedFor, underWay} {
			f.write(func(tx *Tx) error { return tx.EndMailed(f.ctx, u.ID, rekey.ReasonBlocked, at(time.Minute)) })
		}
		for id, want := range map[string]rekey.DeliveryState{
			sent.ID: rekey.DeliverySuperseded, queued[0].ID: rekey.DeliveryCancelled, issued.ID: rekey.DeliveryCancelled,
		} {
			d := f.delivery(id)
			if d.State != want || d.Reason != rekey.ReasonBlocked || d.Verifier != "" || d.Sealed != nil || d.Claim != "" {
				t.Errorf("%+v", d)
			}
		}
		same(t, f.delivery(bystander.ID), bystander)
	},
	"ARevocationEndsAllButTheOneBeingIssued": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		f.chooses(u, "", "chosen", noon)
		f.chooses(other, "", "others", noon)
		earlier, bystander := f.sent(f.stored(u), noon), f.sent(f.stored(other), noon)
		current := f.issued(f.stored(u), at(time.Hour))
		for _, of := range []rekey.SystemUser{u, other} {
			f.write(func(tx *Tx) error {
				return tx.InsertToken(f.ctx, rekey.Token{ID: f.id(), UserID: of.ID, ExpiresAt: at(time.Hour)}, []byte(of.ID))
			})
		}
		before := f.stored(u).PasswordVersion
		f.write(func(tx *Tx) error { return tx.Revoke(f.ctx, map[string]string{u.ID: current.ID}, at(time.Hour)) })
		c := f.credential(u)
		if c.Chosen != "" || len(c.Mailed) != 1 || c.Mailed[0].ID != current.ID || f.stored(u).PasswordVersion != before+1 {
			t.Errorf("%+v", c)
		}
		d := f.delivery(earlier.ID)
		if d.State != rekey.DeliverySuperseded || d.Reason != rekey.ReasonRevoked || d.Live(at(time.Hour)) {
			t.Errorf("%+v", d)
		}
		same(t, f.delivery(bystander.ID), bystander)
		same(t, f.credential(other).Chosen, "others")
		same(t, f.count(`SELECT COUNT(*) FROM tokens WHERE user_id = $1`, u.ID), 0)
		same(t, f.count(`SELECT COUNT(*) FROM tokens WHERE user_id = $1`, other.ID), 1)
	},
}
