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

// toRemind returns a delivery whose user is to be reminded at noon.
func (f *fixture) toRemind(u rekey.SystemUser) rekey.Delivery {
	f.t.Helper()
	return f.sent(u, at(-time.Hour), func(d *rekey.Delivery) { d.RemindAt = noon })
}

// dueReminders returns the ids of the deliveries whose reminders are due at a moment.
func (f *fixture) dueReminders(now time.Time) (ids []string) {
	f.t.Helper()
	f.write(func(tx *Tx) error {
		ids = nil
		jobs, err := tx.DueReminders(f.ctx, now, 10)
		for _, j := range jobs {
			ids = append(ids, j.NoticeID)
		}
		return err
	})
	return ids
}

var noticeTests = map[string]func(*testing.T, *fixture){
	"AReminderIsTakenOnceAndOnlyIfThePasswordIsUnused": func(t *testing.T, f *fixture) {
		ada, opened, in := f.user(), f.user(), f.user()
		d := f.toRemind(ada)
		o, i := f.toRemind(opened), f.toRemind(in)
		f.sent(f.user(), noon) // nobody is reminded of it
		f.write(func(tx *Tx) error {
			if err := tx.Opened(f.ctx, o.ID, noon); err != nil {
				return err
			}
			return tx.CompleteChange(f.ctx, in.ID, i.ID, "new", noon)
		})
		same(t, f.dueReminders(at(-time.Second)), nil)
		same(t, f.dueReminders(noon), []string{d.ID})
		same(t, f.dueReminders(noon), nil)
		var n engine.QueuedNotice
		f.write(func(tx *Tx) (err error) {
			n, err = tx.ClaimNotice(f.ctx, d.ID, noon, at(time.Minute))
			return err
		})
		same(t, []any{n.Kind, n.UserID, n.Address, n.Delivery.ID, n.Delivery.RemindAt}, []any{engine.NoticeRemind, ada.ID, d.Address, d.ID, time.Time{}})
		n.EndedAt, n.Delivery.RemindedAt = noon, noon
		f.write(func(tx *Tx) error { return tx.PutNotice(f.ctx, n) })
		same(t, f.delivery(d.ID).RemindedAt, noon)
	},
	"RemindersCountAmongTheMailsOfADayAndNotAsUnused": func(t *testing.T, f *fixture) {
		u := f.user()
		d := f.toRemind(u)
		f.write(func(tx *Tx) error {
			d.RemindedAt = noon
			return tx.PutNotice(f.ctx, engine.QueuedNotice{ID: d.ID, Kind: engine.NoticeRemind, UserID: u.ID, Delivery: d})
		})
		for after, want := range map[time.Duration]engine.History{
			time.Hour:                     {InDay: 2, SentInDay: 2, SentLately: true, UnusedInRow: 1, WayIn: true},
			23*time.Hour + 30*time.Minute: {InDay: 1, SentInDay: 1, UnusedInRow: 1, WayIn: true},
			25 * time.Hour:                {UnusedInRow: 1, WayIn: true},
		} {
			histories, err := f.Histories(f.ctx, []string{u.ID}, "", "", at(after))
			f.ok(err)
			same(t, histories[u.ID], want)
		}
	},
	"NoReminderIsTakenDuringAPauseOrAfterARestore": func(t *testing.T, f *fixture) {
		f.toRemind(f.user())
		f.write(func(tx *Tx) error {
			_, err := tx.PutPause(f.ctx, rekey.Pause{At: noon, By: "root", Reason: "test"})
			return err
		})
		same(t, f.dueReminders(at(time.Hour)), nil)
		_, err := f.MarkRestored(f.ctx, at(time.Hour))
		f.ok(err)
		f.write(func(tx *Tx) error { _, err := tx.EndPause(f.ctx); return err })
		same(t, f.dueReminders(at(2*time.Hour)), nil)
	},
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
	"NewsOfTransactionsBesideEachOtherIsAllKept": func(t *testing.T, f *fixture) {
		u := f.user()
		const writers = 8
		ended := make(chan error, writers)
		for range writers {
			go func() {
				ended <- f.Concurrent().Update(f.ctx, func(tx *Tx) error {
					n, err := tx.Notice(f.ctx, "digest")
					if err != nil {
						return err
					}
					failed := 1
					if len(n.News) > 0 {
						failed += n.News[0].Failed
					}
					n = engine.QueuedNotice{ID: "digest", Kind: engine.NoticeDigest, UserID: u.ID, Address: u.Address, MadeAt: noon, NextAt: noon,
						News: []engine.News{{AutomationID: "a", Since: noon, Failed: failed}}}
					return tx.PutNotice(f.ctx, n)
				})
			}()
		}
		for range writers {
			f.ok(<-ended)
		}
		n, err := f.LastNotice(f.ctx, u.ID, engine.NoticeDigest)
		f.ok(err)
		same(t, n.News, []engine.News{{AutomationID: "a", Since: noon, Failed: writers}})
	},
	"ANoticeIsNotClaimedWhileNewsIsAdded": func(t *testing.T, f *fixture) {
		n := f.notice(f.user())
		claim := func() (got engine.QueuedNotice, err error) {
			err = f.Concurrent().Update(f.ctx, func(tx *Tx) (err error) {
				got, err = tx.ClaimNotice(f.ctx, n.ID, noon, at(time.Minute))
				return err
			})
			return got, err
		}
		claimed := make(chan error, 1)
		f.ok(f.Concurrent().Update(f.ctx, func(tx *Tx) error {
			stored, err := tx.Notice(f.ctx, n.ID)
			if err != nil {
				return err
			}
			go func() {
				_, err := claim()
				claimed <- err
			}()
			select {
			case err := <-claimed:
				claimed <- err // it did not wait
			case <-time.After(300 * time.Millisecond):
			}
			stored.News = []engine.News{{AutomationID: "a", Since: noon, Failed: 1}}
			return tx.PutNotice(f.ctx, stored)
		}))
		f.ok(<-claimed)
		again, err := claim()
		f.ok(err)
		same(t, again.ID, "") // it is claimed already
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
