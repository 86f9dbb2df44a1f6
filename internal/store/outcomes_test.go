package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
)

func (f *fixture) settle(outcomes ...rekey.Delivery) {
	f.t.Helper()
	f.write(func(tx *Tx) error { _, err := tx.Settle(f.ctx, outcomes); return err })
}

var outcomeTests = map[string]func(*testing.T, *fixture){
	"WhoChoosesIsInInEveryRunThatMadeThemAPassword": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		expired := f.sent(u, noon)
		f.write(func(tx *Tx) error { _, err := tx.Expire(f.ctx, expired.ValidUntil, 10); return err })
		later := expired.ValidUntil.Add(time.Hour)
		failed := f.issued(u, later)
		refused := failed
		refused.State, refused.Reason, refused.Verifier, refused.Sealed, refused.UpdatedAt, refused.Attempting = rekey.DeliveryFailed, rekey.ReasonRefused, "", nil, later, false
		f.settle(refused)
		sent, others := f.sent(u, later), f.sent(other, later)
		queuedRun, queued := f.queued(u)
		f.chooses(u, sent.ID, "own", later.Add(time.Hour))
		for id, want := range map[string]rekey.Standing{
			expired.ID: rekey.StandingIn, failed.ID: rekey.StandingIn, sent.ID: rekey.StandingIn,
			others.ID: rekey.StandingNotYet, queued[0].ID: rekey.StandingOnTheWay,
		} {
			if d := f.delivery(id); d.Standing() != want {
				t.Errorf("a delivery that is %s, chosen since at %s, counts as %s, not as %s", d.State, d.InAt, d.Standing(), want)
			}
		}
		f.chooses(u, "", "another", later.Add(2*time.Hour))
		if got, want := f.delivery(expired.ID).InAt, later.Add(time.Hour); !got.Equal(want) {
			t.Errorf("they are in since %s, not since %s", got, want)
		}
		tallies, _, err := f.Tallies(f.ctx, []string{expired.RunID, queuedRun.ID}, 3)
		if got(t, tallies, err); rekey.CountIn(tallies[expired.RunID]) != (rekey.InCounts{In: 1}) || rekey.CountIn(tallies[queuedRun.ID]) != (rekey.InCounts{OnTheWay: 1}) {
			t.Errorf("kept: %+v", tallies)
		}
		f.write(func(tx *Tx) error { return tx.Reprieve(f.ctx, []rekey.Delivery{refused}) })
		if d := f.delivery(failed.ID); d.State != rekey.DeliveryFailed {
			t.Errorf("they have chosen a password since, and the mail that was refused is %s again", d.State)
		}
	},
	"ARetryTakesThePlaceOfWhatCameBeforeUnlessItWasSkipped": func(t *testing.T, f *fixture) {
		u := f.user()
		first := f.sent(u, noon)
		f.write(func(tx *Tx) error { _, err := tx.Expire(f.ctx, first.ValidUntil, 10); return err })
		again := rekey.Delivery{ID: f.id(), RunID: first.RunID, UserID: u.ID, Number: 2, State: rekey.DeliverySkipped, Reason: rekey.ReasonBlocked, OldPassword: rekey.ReplaceWhenSent, UpdatedAt: noon}
		people := func() (rekey.InCounts, string) {
			tallies, _, err := f.Tallies(f.ctx, []string{first.RunID}, 3)
			f.ok(err)
			overtaken, err := f.Overtaken(f.ctx, []string{first.RunID}, 3)
			f.ok(err)
			listed, err := f.Deliveries(f.ctx, rekey.DeliveryQuery{RunID: first.RunID, Standing: rekey.StandingNotIn, MaxRank: 3, Limit: 10})
			f.ok(err)
			if len(listed) != 1 {
				t.Fatalf("%d are listed as not in", len(listed))
			}
			return rekey.CountIn(tallies[first.RunID]).Without(rekey.CountIn(overtaken[first.RunID])), listed[0].ID
		}
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{again}) })
		if c, id := people(); c != (rekey.InCounts{NoLonger: 1}) || id != first.ID {
			t.Errorf("a retry that was skipped changes where they are: %+v %s", c, id)
		}
		again.ID, again.Number, again.State, again.Reason, again.Batch = f.id(), 3, rekey.DeliveryQueued, "", 2
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{again}) })
		if c, id := people(); c != (rekey.InCounts{OnTheWay: 1}) || id != again.ID {
			t.Errorf("a retry does not count in place of what came before: %+v %s", c, id)
		}
	},
	"AnAcceptanceIsRecorded": func(t *testing.T, f *fixture) {
		u := f.user()
		f.chooses(u, "", "chosen", noon)
		d := f.issued(u, at(time.Hour))
		if c := f.credential(u); !c.InForce(at(time.Hour)) || len(c.Live(at(time.Hour))) != 1 {
			t.Error("while an attempt is under way, one of the two passwords does not work")
		}
		want := accepted(d, at(2*time.Hour))
		f.settle(want)
		want.Claim, want.ClaimUntil = "", time.Time{}
		same(t, f.delivery(d.ID), want)
		if c := f.credential(u); c.InForce(at(2*time.Hour)) || len(c.Live(at(2*time.Hour))) != 1 || !c.InForce(d.ValidUntil) {
			t.Error("the chosen password does not rest exactly while the mailed one is live")
		}
	},
	"AnOutcomeCountsOnlyForWhoeverHoldsTheClaim": func(t *testing.T, f *fixture) {
		for name, change := range map[string]func(d *rekey.Delivery, u rekey.SystemUser){
			"another claimed it since": func(d *rekey.Delivery, _ rekey.SystemUser) { d.Claim = "slept through" },
			"the password version was raised": func(_ *rekey.Delivery, u rekey.SystemUser) {
				f.write(func(tx *Tx) error {
					return tx.write(f.ctx, `UPDATE system_users SET password_version = password_version + 1 WHERE id = $1`, u.ID)
				})
			},
			"it is deferred by now": func(d *rekey.Delivery, _ rekey.SystemUser) {
				f.write(func(tx *Tx) error {
					return tx.write(f.ctx, `UPDATE deliveries SET state = 'deferred' WHERE id = $1`, d.ID)
				})
			},
			"its user has chosen a password": func(_ *rekey.Delivery, u rekey.SystemUser) { f.chooses(u, "", "own", at(time.Minute)) },
			"its user was deleted": func(_ *rekey.Delivery, u rekey.SystemUser) {
				f.write(func(tx *Tx) error { return tx.DeleteUser(f.ctx, u.ID, "", at(time.Minute)) })
			},
		} {
			u := f.user()
			f.chooses(u, "", "chosen", noon)
			u = f.stored(u)
			d := f.issued(u, noon)
			outcome := accepted(d, at(time.Hour))
			change(&outcome, u)
			before := f.delivery(d.ID)
			f.settle(outcome)
			want := before
			want.ReplyCode, want.ReplyText = 250, "2.0.0 Ok"
			if !before.EndedAt.IsZero() { // the record says that its mail went out
				want.AcceptedAt = outcome.AcceptedAt
			}
			t.Log(name)
			same(t, f.delivery(d.ID), want)
		}
	},
	"AnAcceptanceThatReplacesEndsEarlierMailsOfThatUserOnly": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		sent, others := f.sent(u, noon), f.sent(other, noon)
		doubtful := f.issued(u, at(time.Hour))
		failed := doubtful
		failed.State, failed.Doubtful, failed.Attempting = rekey.DeliveryFailed, true, false
		f.settle(failed)
		kept := f.sent(u, at(2*time.Hour), func(d *rekey.Delivery) { d.OldPassword = rekey.ReplaceWhenSent })
		for id, want := range map[string]rekey.DeliveryState{
			sent.ID: rekey.DeliverySuperseded, doubtful.ID: rekey.DeliveryFailed, kept.ID: rekey.DeliverySent, others.ID: rekey.DeliverySent,
		} {
			d := f.delivery(id)
			same(t, d.State, want)
			same(t, d.Live(at(3*time.Hour)), want == rekey.DeliverySent)
		}
		same(t, f.delivery(sent.ID).Reason, rekey.ReasonReplaced)
	},
	"AnAcceptanceThatKeepsLeavesEarlierMails": func(t *testing.T, f *fixture) {
		u := f.user()
		first := f.sent(u, noon)
		_, list := f.queued(u)
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `UPDATE deliveries SET old_password = 'keep' WHERE id = $1`, list[0].ID)
		})
		keep := begun(list[0], u, at(time.Hour))
		keep.OldPassword = rekey.KeepUntilChanged
		f.issue(keep)
		f.settle(accepted(keep, at(time.Hour)))
		same(t, len(f.credential(u).Live(at(time.Hour))), 2)
		same(t, f.delivery(first.ID).State, rekey.DeliverySent)
	},
	"ARefusalLeavesEarlierMails": func(t *testing.T, f *fixture) {
		u := f.user()
		first, second := f.sent(u, noon), f.issued(u, at(time.Hour))
		second.State, second.Attempting, second.Sealed, second.Reason = rekey.DeliveryFailed, false, nil, rekey.ReasonRefused
		f.settle(second)
		live := f.credential(u).Live(at(time.Hour))
		same(t, ids(live, func(d rekey.Delivery) string { return d.ID }), []string{first.ID})
	},
	"WhatExpiresIsEndedAndReturnedOnce": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		first, later := f.sent(u, noon), f.sent(other, at(time.Hour))
		expire := func(now time.Time) (list []rekey.Delivery) {
			f.write(func(tx *Tx) (err error) { list, err = tx.Expire(f.ctx, now, 10); return err })
			return list
		}
		same(t, expire(first.ValidUntil.Add(-time.Microsecond)), nil)
		same(t, expire(first.ValidUntil), []rekey.Delivery{first})
		same(t, expire(first.ValidUntil), nil)
		d := f.delivery(first.ID)
		if d.State != rekey.DeliveryExpired || d.Verifier != "" || !d.EndedAt.Equal(first.ValidUntil) {
			t.Errorf("%+v", d)
		}
		same(t, f.delivery(later.ID), later)
	},
	"AVerifierIsErasedWhenItsTimeHasPassedWhateverBecameOfIt": func(t *testing.T, f *fixture) {
		u := f.user()
		failed := f.issued(u, noon)
		failed.State, failed.Doubtful, failed.Attempting, failed.Sealed = rekey.DeliveryFailed, true, false, nil
		f.settle(failed)
		queuedFor := f.user()
		under := f.issued(queuedFor, noon)
		expire := func(now time.Time) {
			f.write(func(tx *Tx) error {
				list, err := tx.Expire(f.ctx, now, 10)
				same(t, list, nil)
				_, eraseErr := tx.EraseExpired(f.ctx, now, 10)
				return errors.Join(err, eraseErr)
			})
		}
		expire(failed.ValidUntil.Add(-time.Microsecond))
		if !f.delivery(failed.ID).Live(failed.ValidUntil.Add(-time.Microsecond)) {
			t.Error("it ended before its time (I2)")
		}
		expire(failed.ValidUntil)
		d := f.delivery(failed.ID)
		if d.State != rekey.DeliveryFailed || d.Verifier != "" || !d.UpdatedAt.Equal(failed.UpdatedAt) {
			t.Errorf("%+v, want it failed when it did", d)
		}
		same(t, f.delivery(under.ID), under)
	},
	"VerifiersAreErasedAFewAtATime": func(t *testing.T, f *fixture) {
		for range 3 {
			d := f.issued(f.user(), noon)
			d.State, d.Doubtful, d.Attempting, d.Sealed = rekey.DeliveryFailed, true, false, nil
			f.settle(d)
		}
		now := at(1000 * time.Hour)
		for _, want := range []int{2, 1, 0} {
			f.write(func(tx *Tx) error {
				list, err := tx.Expire(f.ctx, now, 2)
				same(t, list, nil)
				n, eraseErr := tx.EraseExpired(f.ctx, now, 2)
				same(t, n, want)
				return errors.Join(err, eraseErr)
			})
		}
	},
	"WhatIsOnTheWireWhenANewerRunReplacesItCountsAsSentOnceItIsAccepted": func(t *testing.T, f *fixture) {
		u := f.user()
		f.chooses(u, "", "chosen", noon)
		d := f.issued(f.stored(u), noon)
		f.write(func(tx *Tx) error { return tx.takePlace(f.ctx, "newer", []string{u.ID}, at(time.Second)) })
		want := f.delivery(d.ID)
		same(t, want.ReplacedBy, "newer")
		same(t, want.Reason, rekey.ReasonReplacedUnsent)
		f.settle(accepted(d, at(time.Minute)))
		want.Reason, want.AcceptedAt, want.ReplyCode, want.ReplyText = rekey.ReasonReplaced, at(time.Minute), 250, "2.0.0 Ok"
		same(t, f.delivery(d.ID), want)
		tallies, _, err := f.Tallies(f.ctx, []string{d.RunID}, rekey.RankAdministrator)
		f.ok(err)
		same(t, tallies[d.RunID], []rekey.Tally{{State: rekey.DeliverySuperseded, Reason: rekey.ReasonReplaced, Count: 1}})
		same(t, tallies[d.RunID][0].Sent(), true)
		figures, err := f.Hourly(f.ctx, noon)
		f.ok(err)
		same(t, figures[noon].Sent, 1)
	},
	"WhatEarlierVersionsCountedAsSentIsCorrected": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunFinished)
		for _, row := range []struct {
			state, reason     string
			accepted, changed int64
		}{{"superseded", "revoked", 0, 0}, {"superseded", "revoked", 1, 0}, {"done", "", 0, 0}, {"done", "", 1, 1}, {"done", "", 0, 1}} {
			f.write(func(tx *Tx) error {
				return tx.write(f.ctx, `INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, state, reason, old_password, asked_by, created_at, updated_at, accepted_at, changed_at)
					VALUES ($1, $2, $1, '', 1, 1, $3, $4, 'keep', '', 1, 1, $5, $6)`, f.id(), run.ID, row.state, row.reason, row.accepted, row.changed)
			})
		}
		folder := "migrations/postgres"
		if _, ok := f.backend.(*sqlite); ok {
			folder = "migrations/sqlite"
		}
		script, err := migrations.ReadFile(folder + "/0010_replaced_by.sql")
		f.ok(err)
		up, _, _ := strings.Cut(string(script), "-- +goose Down")
		_, corrections, _ := strings.Cut(up, "DEFAULT '';")
		for statement := range strings.SplitSeq(strings.TrimSpace(corrections), ";\n") {
			f.write(func(tx *Tx) error { return tx.write(f.ctx, strings.TrimSuffix(statement, ";")) })
		}
		tallies, _, err := f.Tallies(f.ctx, []string{run.ID}, rekey.RankAdministrator)
		f.ok(err)
		same(t, tallies[run.ID], []rekey.Tally{
			{State: "cancelled", Reason: "chosen_meanwhile", Count: 1}, {State: "done", Count: 2},
			{State: "superseded", Reason: "replaced_before_sent", Count: 1}, {State: "superseded", Reason: "revoked", Count: 1},
		})
	},
	"WhatIsHeldBehindAnotherTakesItsPlaceWhenItIsIssued": func(t *testing.T, f *fixture) {
		u, other := f.user(), f.user()
		f.chooses(u, "", "chosen", noon)
		d, bystander := f.issued(f.stored(u), noon), f.issued(other, noon)
		run := f.run(rekey.RunSending)
		held := rekey.Delivery{ID: f.id(), RunID: run.ID, UserID: u.ID, Subject: u.ID, Number: 1, Batch: 1, State: rekey.DeliveryHeld,
			Reason: rekey.ReasonAlreadyBeing, OldPassword: rekey.RevokeAtOnce, UpdatedAt: at(time.Second)}
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{held}) })
		same(t, f.delivery(d.ID), d)
		revokes, err := f.Revokes(f.ctx, run.ID, 1)
		same(t, got(t, revokes, err), u.Address)

		fresh := begun(held, f.stored(u), at(time.Minute))
		fresh.Reason = ""
		fresh.PasswordVersion++
		f.write(func(tx *Tx) error {
			due, err := tx.Due(f.ctx, run.ID, 1, at(time.Minute), 10)
			same(t, len(due), 1)
			if err != nil {
				return err
			}
			written, err := tx.Issue(f.ctx, []rekey.Delivery{fresh})
			same(t, len(written), 1)
			if err != nil {
				return err
			}
			return tx.Revoke(f.ctx, map[string]string{u.ID: fresh.ID}, at(time.Minute))
		})
		d = f.delivery(d.ID)
		if d.State != rekey.DeliverySuperseded || d.Reason != rekey.ReasonReplacedUnsent || d.ReplacedBy != run.ID || d.Sealed != nil || d.Live(at(time.Minute)) {
			t.Errorf("%+v", d)
		}
		same(t, f.storedRun(d.RunID).State, rekey.RunFinished)
		same(t, f.delivery(bystander.ID), bystander)
		c := f.credential(u)
		if c.Chosen != "" || len(c.Mailed) != 1 || c.Mailed[0].ID != fresh.ID {
			t.Errorf("%+v", c)
		}
		f.settle(accepted(fresh, at(2*time.Minute)))
		same(t, f.delivery(fresh.ID).State, rekey.DeliverySent)
	},
}
