package store

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// notice stores a notice to a user that is due at noon.
func (f *fixture) notice(u rekey.SystemUser) engine.QueuedNotice {
	f.t.Helper()
	n := engine.QueuedNotice{ID: f.id(), Kind: engine.NoticeAddressChanged, UserID: u.ID, Address: "old@example.org", MadeAt: noon, NextAt: noon}
	f.write(func(tx *Tx) error { return tx.PutNotice(f.ctx, n) })
	return n
}

// lastNotice returns the last notice to a user.
func (f *fixture) lastNotice(u rekey.SystemUser) engine.QueuedNotice {
	f.t.Helper()
	n, err := f.LastNotice(f.ctx, u.ID, engine.NoticeAddressChanged)
	f.ok(err)
	return n
}

// lostNotices counts the notices that a sweep finds at a moment.
func (f *fixture) lostNotices(at time.Time) (n int) {
	f.t.Helper()
	f.write(func(tx *Tx) error {
		jobs, err := tx.LostNotices(f.ctx, at, at, 100)
		n = len(jobs)
		return err
	})
	return n
}

var noticeTests = map[string]func(*testing.T, *fixture){
	"ANoticeIsClaimedOnce": func(t *testing.T, f *fixture) {
		n := f.notice(f.user())
		for minute, want := range []string{n.ID, "", "", n.ID} {
			var got engine.QueuedNotice
			f.write(func(tx *Tx) (err error) {
				now := at(time.Duration(minute) * time.Minute)
				got, err = tx.ClaimNotice(f.ctx, n.ID, now, now.Add(3*time.Minute))
				return err
			})
			same(t, got.ID, want)
		}
		same(t, f.lostNotices(at(5*time.Minute)), 0)
		same(t, f.lostNotices(at(6*time.Minute)), 1)
	},
	"ANoticeOfADeletedUserIsErased": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		f.notice(u)
		kept := f.notice(other)
		f.write(func(tx *Tx) error { return tx.DeleteUser(f.ctx, u.ID, "", noon) })
		same(t, f.lastNotice(u), engine.QueuedNotice{})
		same(t, f.lastNotice(other), kept)
	},
	"ANoticeIsKeptAsLongAsTheRecord": func(t *testing.T, f *fixture) {
		u := f.user()
		n := f.notice(u)
		f.prune(at(week), 100)
		same(t, f.lastNotice(u), n)
		f.prune(at(week+time.Second), 100)
		same(t, f.lastNotice(u), engine.QueuedNotice{})
	},
	"ARestoreThatCarriesNothingOverSendsNoOldNotice": func(t *testing.T, f *fixture) {
		u := f.user()
		f.notice(u)
		_, err := f.MarkRestored(f.ctx, at(time.Hour))
		f.ok(err)
		f.write(func(tx *Tx) error { _, err := tx.EndPause(f.ctx); return err })
		same(t, f.lostNotices(at(2*time.Hour)), 0)
		same(t, f.lastNotice(u).EndedAt, at(time.Hour))
	},
}

func TestRestoreSendsANoticeThatWasNotSentAndNoOther(t *testing.T) {
	t.Parallel()
	f, path, backup, people := backedUp(t)
	sent, waits := people[0], people[1]
	n := f.notice(sent)
	n.EndedAt = at(time.Hour)
	f.write(func(tx *Tx) error { return tx.PutNotice(f.ctx, n) })
	f.notice(waits)
	f.notice(f.user()) // who is not in the backup
	f.ok(f.Close())
	restore(t, path, backup)
	again := &fixture{DB: reopen(t, path), t: t, ctx: t.Context()}
	later := noon.Add(49 * time.Hour)
	same(t, again.lostNotices(later), 0) // it is paused
	again.write(func(tx *Tx) error { _, err := tx.EndPause(again.ctx); return err })
	same(t, again.lostNotices(later), 1)
	same(t, again.lastNotice(sent).EndedAt, at(time.Hour))
}
