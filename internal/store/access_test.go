package store

import (
	"errors"
	"testing"
	"time"

	"rekey"
)

var accessTests = map[string]func(*testing.T, *fixture){
	"ACounterIsKeptUntilItExpires": func(t *testing.T, f *fixture) {
		times, until, err := f.Counter(f.ctx, "ada from 127.0.0.1", noon)
		same(t, got(t, times, err), nil)
		same(t, until, time.Time{})
		for _, want := range [][]time.Time{{noon}, {noon, at(time.Second)}} {
			f.write(func(tx *Tx) error { return tx.PutCounter(f.ctx, "ada", want, at(time.Minute), at(time.Hour)) })
			times, until, err = f.Counter(f.ctx, "ada", noon)
			same(t, got(t, times, err), want)
			same(t, until, at(time.Minute))
		}
		times, until, err = f.Counter(f.ctx, "ada", at(time.Hour))
		same(t, got(t, times, err), nil)
		same(t, until, time.Time{})
	},
	"ARestoreThatKnowsNothingEndsWhatCouldBeSentAgain": func(t *testing.T, f *fixture) {
		ada, grace := f.user(), f.user()
		issued := f.issued(ada, noon)
		run, queued := f.queued(grace)
		m, err := f.MarkRestored(f.ctx, at(time.Hour))
		f.ok(err)
		same(t, m.Doubtful, 2)
		same(t, m.Deliveries, 0)
		same(t, f.delivery(issued.ID).State, rekey.DeliveryCancelled)
		same(t, f.delivery(issued.ID).Live(at(time.Hour)), true)
		same(t, f.delivery(queued[0].ID).State, rekey.DeliveryCancelled)
		same(t, f.delivery(queued[0].ID).Live(at(time.Hour)), false)
		same(t, f.storedRun(run.ID).Reason, rekey.ReasonRestored)
		pause, err := f.Pause(f.ctx)
		same(t, got(t, pause.On(), err), true)
		when, err := f.RestoredBlindly(f.ctx)
		same(t, got(t, when, err), at(time.Hour))
	},
	"ASessionLastsUntilItExpiresOrIsEnded": func(t *testing.T, f *fixture) {
		data := func(now time.Time) string {
			data, found, err := f.Session(f.ctx, "hash", now)
			if err != nil || found != (data != nil) {
				t.Errorf("%q, %v, %v", data, found, err)
			}
			return string(data)
		}
		same(t, data(noon), "")
		for _, want := range []string{"one", "two"} {
			f.write(func(tx *Tx) error { return tx.PutSession(f.ctx, "hash", "ada", []byte(want), noon, at(time.Minute)) })
			same(t, data(noon), want)
		}
		same(t, data(at(time.Minute)), "")
		f.write(func(tx *Tx) error { return tx.ExtendSession(f.ctx, "hash", "ada", at(time.Second), at(time.Hour)) })
		same(t, data(at(time.Minute)), "two")
		f.write(func(tx *Tx) error { return tx.DeleteSession(f.ctx, "hash") })
		f.write(func(tx *Tx) error { return tx.ExtendSession(f.ctx, "hash", "ada", at(time.Second), at(time.Hour)) })
		same(t, data(noon), "")
	},
	"SessionsAreListedAndEndedByTheirUser": func(t *testing.T, f *fixture) {
		list := func(user string, now time.Time) (found []string) {
			err := f.SessionsOf(f.ctx, user, now, func(token string, data []byte, seen time.Time) error {
				found = append(found, token+" "+string(data)+" "+seen.Format(time.TimeOnly))
				return nil
			})
			return got(t, found, err)
		}
		f.write(func(tx *Tx) error {
			return errors.Join(
				tx.PutSession(f.ctx, "one", "ada", []byte("1"), noon, at(time.Minute)),
				tx.PutSession(f.ctx, "two", "", []byte("2"), noon, at(time.Hour)), // as before it was kept
				tx.PutSession(f.ctx, "three", "ada", []byte("3"), noon, at(time.Hour)),
				tx.PutSession(f.ctx, "bob's", "bob", []byte("4"), noon, at(time.Hour)),
				tx.ExtendSession(f.ctx, "two", "ada", at(time.Second), at(time.Hour)))
		})
		same(t, list("ada", noon), []string{"two 2 12:00:01", "one 1 12:00:00", "three 3 12:00:00"})
		same(t, list("ada", at(time.Minute)), []string{"two 2 12:00:01", "three 3 12:00:00"})
		for token, want := range map[string]bool{"bob's": false, "none": false, "three": true} {
			f.write(func(tx *Tx) error {
				ended, err := tx.DeleteSessionOf(f.ctx, "ada", token)
				same(t, ended, want)
				return err
			})
		}
		f.write(func(tx *Tx) error { return tx.DeleteOtherSessions(f.ctx, "ada", "one") })
		same(t, list("ada", noon), []string{"one 1 12:00:00"})
		same(t, len(list("bob", noon)), 1)
	},
	"ASetUpLinkReplacesTheOneBefore": func(t *testing.T, f *fixture) {
		f.write(func(tx *Tx) error { return tx.PutSetupLink(f.ctx, []byte("first"), "ada", at(time.Hour)) })
		f.write(func(tx *Tx) error { return tx.PutSetupLink(f.ctx, []byte("second"), "ada", at(time.Hour)) })
		f.write(func(tx *Tx) error { return tx.PutSetupLink(f.ctx, []byte("nobody's"), "", at(time.Hour)) })
		_, err := f.SetupLink(f.ctx, []byte("first"), noon)
		wantCode(t, err, rekey.CodeNotFound)
		for hash, want := range map[string]string{"second": "ada", "nobody's": ""} {
			user, err := f.SetupLink(f.ctx, []byte(hash), noon)
			same(t, got(t, user, err), want)
			_, err = f.SetupLink(f.ctx, []byte(hash), at(time.Hour))
			wantCode(t, err, rekey.CodeNotFound)
		}
		f.write(func(tx *Tx) error { return tx.DeleteSetupLinks(f.ctx, "ada") })
		_, err = f.SetupLink(f.ctx, []byte("second"), noon)
		wantCode(t, err, rekey.CodeNotFound)
	},
	"WhatHasExpiredIsPruned": func(t *testing.T, f *fixture) {
		for name, expires := range map[string]time.Time{"over": noon, "not yet": at(time.Microsecond)} {
			f.write(func(tx *Tx) error {
				if err := tx.PutCounter(f.ctx, name, nil, time.Time{}, expires); err != nil {
					return err
				}
				if err := tx.PutSession(f.ctx, name, name, []byte{1}, noon, expires); err != nil {
					return err
				}
				return tx.PutSetupLink(f.ctx, []byte(name), name, expires)
			})
		}
		f.write(func(tx *Tx) error { return tx.PruneAccess(f.ctx, noon) })
		for _, table := range []string{"counters", "sessions", "setup_links"} {
			same(t, f.count(`SELECT COUNT(*) FROM `+table), 1)
		}
	},
	"ATokenIsItsUsersUntilItExpires": func(t *testing.T, f *fixture) {
		u := f.user(func(u *rekey.SystemUser) {
			u.Type, u.Sources = rekey.TypeAPI, []rekey.EventSource{{Source: "/siem", Names: []string{"*"}}}
		})
		token := rekey.Token{ID: f.id(), UserID: u.ID, Name: "CI", CreatedAt: noon, ExpiresAt: at(time.Hour)}
		f.write(func(tx *Tx) error { return tx.InsertToken(f.ctx, token, []byte("hash")) })
		f.write(func(tx *Tx) error { return tx.TouchToken(f.ctx, token.ID, at(time.Minute)) })
		token.LastUsedAt = at(time.Minute)
		owner, id, used, err := f.TokenUser(f.ctx, []byte("hash"), at(time.Hour-time.Microsecond))
		same(t, got(t, owner, err), u)
		same(t, []any{id, used}, []any{token.ID, token.LastUsedAt})
		list, err := f.TokensOf(f.ctx, u.ID)
		same(t, got(t, list, err), []rekey.Token{token})
		stored, err := f.Token(f.ctx, token.ID)
		same(t, got(t, stored, err), token)
		for hash, now := range map[string]time.Time{"hash": at(time.Hour), "other": noon} {
			_, _, _, err := f.TokenUser(f.ctx, []byte(hash), now)
			wantCode(t, err, rekey.CodeNotFound)
		}
		f.write(func(tx *Tx) error { return tx.DeleteToken(f.ctx, token.ID) })
		_, err = f.Token(f.ctx, token.ID)
		wantCode(t, err, rekey.CodeNotFound)
	},
	"UseIsNoted": func(t *testing.T, f *fixture) {
		u := f.user()
		f.write(func(tx *Tx) error { return tx.TouchLogIn(f.ctx, u.ID, at(time.Minute)) })
		f.write(func(tx *Tx) error { return tx.TouchPasswordCall(f.ctx, u.ID, at(time.Hour)) })
		u.LastLoginAt, u.LastPasswordCallAt = at(time.Minute), at(time.Hour)
		same(t, f.stored(u), u) // no new version: nobody's edit is lost by it
	},
	"AnAPIUserIsSaidToHaveLoggedOnOnceInAWhile": func(t *testing.T, f *fixture) {
		u := f.user()
		claim := func(now time.Time) (claimed bool) {
			f.write(func(tx *Tx) (err error) {
				claimed, err = tx.ClaimLogOnEvent(f.ctx, u.ID, now.Add(-5*time.Minute), now)
				return err
			})
			return claimed
		}
		for _, test := range []struct {
			after time.Duration
			want  bool
		}{{0, true}, {0, false}, {5*time.Minute - time.Microsecond, false}, {5 * time.Minute, true}, {6 * time.Minute, false}} {
			same(t, claim(at(test.after)), test.want)
		}
	},
}
