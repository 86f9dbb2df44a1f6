package store

import (
	"testing"
	"time"

	"rekey"
)

// there makes somebody a user of a directory, whose password has a token there.
func (f *fixture) there() rekey.SystemUser {
	f.t.Helper()
	u := f.user(func(u *rekey.SystemUser) {
		u.Directory = rekey.DirectoryAccount{Directory: "staff", Key: f.id()}
	})
	f.notes(u, "first", noon)
	return u
}

// notes stores a page of the import.
func (f *fixture) notes(u rekey.SystemUser, token string, setAt time.Time) {
	f.t.Helper()
	f.write(func(tx *Tx) error { return tx.NotePassword(f.ctx, u.ID, token, setAt) })
}

// writes stores a write for a delivery of a user.
func (f *fixture) writes(d rekey.Delivery, kind rekey.DirectoryWriteKind, token, outcome string, ended time.Time) rekey.DirectoryWrite {
	f.t.Helper()
	w := rekey.DirectoryWrite{DeliveryID: d.ID, Kind: kind, UserID: d.UserID, Token: token, BegunAt: noon, Outcome: outcome, EndedAt: ended}
	f.write(func(tx *Tx) error { return tx.PutDirectoryWrite(f.ctx, w) })
	return w
}

// is checks what is stored of a user's password.
func (f *fixture) is(u rekey.SystemUser, chosen bool, token string, changedAt time.Time) {
	f.t.Helper()
	now := f.stored(u)
	if now.HasChosen != chosen || now.Directory.Token != token || !now.PasswordChangedAt.Equal(changedAt) {
		f.t.Errorf("has chosen %v, token %q, changed at %s; want %v, %q, %s", now.HasChosen, now.Directory.Token, now.PasswordChangedAt, chosen, token, changedAt)
	}
}

var directoryRevokedTests = map[string]func(*testing.T, *fixture){
	"APageThatWasReadBeforeAScrambleDoesNotUndoIt": func(_ *testing.T, f *fixture) {
		u := f.there()
		f.is(u, true, "first", noon)
		d := f.issued(u, noon)
		w := f.writes(d, rekey.WriteScramble, "second", "", time.Time{}) // read live: the import did not know it yet
		f.notes(u, "second", at(time.Minute))
		f.is(u, true, "first", noon)
		w.Outcome, w.EndedAt = rekey.WriteSet, at(time.Minute)
		f.write(func(tx *Tx) error { return tx.Scrambled(f.ctx, w, "third") })
		f.is(u, false, "third", noon)
		f.notes(u, "second", at(time.Minute))
		f.notes(u, "third", at(2*time.Minute))
		f.is(u, false, "third", noon)
		f.notes(u, "fourth", at(3*time.Minute)) // of the help desk
		f.is(u, true, "fourth", at(3*time.Minute))
	},
	"APageThatWasReadBeforeAChoiceChangesNothing": func(_ *testing.T, f *fixture) {
		u := f.there()
		d := f.sent(u, noon)
		f.writes(d, rekey.WriteChoose, "first", rekey.WriteSet, at(time.Minute))
		f.write(func(tx *Tx) error { return tx.CompleteChangeInDirectory(f.ctx, u.ID, d.ID, "second", at(time.Minute)) })
		f.notes(u, "first", noon)
		f.is(u, true, "second", at(time.Minute))
	},
	"ATokenThatARefusedWriteFoundIsNoOlderOne": func(_ *testing.T, f *fixture) {
		u := f.there()
		f.writes(f.sent(u, noon), rekey.WriteChoose, "second", rekey.WriteRefused, at(time.Minute))
		f.notes(u, "second", at(time.Minute))
		f.is(u, true, "second", at(time.Minute))
	},
	"AScrambleInDoubtCountsWhenItsDeliveryHasEnded": func(t *testing.T, f *fixture) {
		u := f.there()
		d := f.issued(u, noon)
		f.writes(d, rekey.WriteScramble, "first", "", time.Time{})
		f.endScrambles(at(time.Hour), 0) // it goes on
		f.write(func(tx *Tx) error { return tx.EndMailed(f.ctx, u.ID, rekey.ReasonBlocked, at(time.Hour)) })
		f.endScrambles(at(time.Hour-time.Second), 0) // it may be on its way
		f.endScrambles(at(time.Hour), 1)
		f.endScrambles(at(time.Hour), 0)
		f.is(u, false, "", noon)
		found, err := f.DirectoryWrites(f.ctx, []string{d.ID}, rekey.WriteScramble)
		same(t, got(t, found, err)[d.ID], rekey.DirectoryWrite{DeliveryID: d.ID, Kind: rekey.WriteScramble, UserID: u.ID, Token: "first", BegunAt: noon,
			Outcome: rekey.WriteDoubtful, EndedAt: at(2 * time.Hour)})
		f.notes(u, "first", noon) // a page that was read before
		f.is(u, false, "", noon)
		f.notes(u, "second", at(time.Minute)) // perhaps of the scramble
		f.is(u, false, "second", noon)
		f.notes(u, "third", at(3*time.Hour))
		f.is(u, true, "third", at(3*time.Hour))
	},
	"ALaterWriteEndsTheDoubt": func(_ *testing.T, f *fixture) {
		for _, kind := range []rekey.DirectoryWriteKind{rekey.WriteChoose, rekey.WriteScramble} {
			u := f.there()
			f.writes(f.issued(u, noon), rekey.WriteScramble, "first", "", time.Time{})
			f.write(func(tx *Tx) error { return tx.EndMailed(f.ctx, u.ID, rekey.ReasonBlocked, at(time.Minute)) })
			later := f.sent(u, at(time.Minute))
			w := f.writes(later, kind, "second", rekey.WriteSet, at(2*time.Minute))
			f.write(func(tx *Tx) error {
				if kind == rekey.WriteScramble {
					return tx.Scrambled(f.ctx, w, "third")
				}
				return tx.CompleteChangeInDirectory(f.ctx, u.ID, later.ID, "third", at(2*time.Minute))
			})
			before := f.stored(u)
			f.endScrambles(at(time.Hour), 1)
			f.is(u, kind == rekey.WriteChoose, "third", before.PasswordChangedAt)
		}
	},
}

// endScrambles ends the scrambles in doubt whose deliveries ended until a moment.
func (f *fixture) endScrambles(until time.Time, want int) {
	f.t.Helper()
	f.write(func(tx *Tx) error {
		n, err := tx.EndScrambles(f.ctx, until, at(2*time.Hour), 10)
		same(f.t, n, want)
		return err
	})
}
