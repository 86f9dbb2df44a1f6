package store

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

var deliveringTests = map[string]func(*testing.T, *fixture){
	"APlannedDeliveryIsStoredAsMeant": func(t *testing.T, f *fixture) {
		u := f.user()
		run := f.run(rekey.RunSending)
		queued := rekey.Delivery{
			ID: f.id(), RunID: run.ID, UserID: u.ID, Subject: u.Address, Number: 1, Batch: 3, State: rekey.DeliveryQueued,
			OldPassword: rekey.RevokeAtOnce, AskedBy: rekey.AskedByOther, UpdatedAt: noon,
		}
		skipped := rekey.Delivery{ID: f.id(), RunID: run.ID, Subject: "nobody", Number: 1, State: rekey.DeliverySkipped, Reason: rekey.ReasonNotSystemUser, OldPassword: rekey.ReplaceWhenSent, UpdatedAt: noon}
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{queued, skipped}) })
		same(t, f.delivery(queued.ID), queued)
		same(t, f.delivery(skipped.ID), skipped)
		same(t, f.count(`SELECT COUNT(*) FROM batches WHERE run_id = $1`, run.ID), 1)
		_, err := f.Delivery(f.ctx, "none")
		wantCode(t, err, rekey.CodeNotFound)
	},
	"AUserHasAtMostOneUnfinishedDelivery": func(t *testing.T, f *fixture) { // I10
		insert := `INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, state, reason, old_password, asked_by, created_at, updated_at)
			VALUES ($1, 'r', $2, 's', 1, 1, $3, '', 'replace', '', 0, 0)`
		unfinished := []rekey.DeliveryState{rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred}
		for _, first := range unfinished {
			u := f.user()
			f.write(func(tx *Tx) error { return tx.write(f.ctx, insert, f.id(), u.ID, string(first)) })
			for _, second := range unfinished {
				if err := f.Update(f.ctx, func(tx *Tx) error { return tx.write(f.ctx, insert, f.id(), u.ID, string(second)) }); err == nil {
					t.Errorf("somebody whose delivery is %s has another that is %s", first, second)
				}
			}
			for _, other := range []rekey.DeliveryState{
				rekey.DeliverySent, rekey.DeliveryDone, rekey.DeliveryExpired, rekey.DeliverySuperseded, rekey.DeliverySkipped, rekey.DeliveryFailed, rekey.DeliveryCancelled,
			} {
				f.write(func(tx *Tx) error { return tx.write(f.ctx, insert, f.id(), u.ID, string(other)) })
			}
			f.write(func(tx *Tx) error {
				found, err := tx.Unfinished(f.ctx, []string{u.ID, "nobody"})
				same(t, found, map[string]bool{u.ID: true})
				return err
			})
		}
	},
	"WhatIsDueInABatchComesWithItsUsers": func(t *testing.T, f *fixture) {
		users := []rekey.SystemUser{f.user(), f.user(), f.user(), f.user(), f.user()}
		run, list := f.queued(users...)
		f.queued(f.user())
		retry, early := begun(list[1], users[1], noon), begun(list[2], users[2], noon)
		retry.State, retry.NextAttempt, retry.Claim = rekey.DeliveryDeferred, at(time.Minute), ""
		early.State, early.NextAttempt, early.Claim = rekey.DeliveryDeferred, at(time.Minute+time.Microsecond), ""
		lapsed, held := begun(list[3], users[3], noon), begun(list[4], users[4], noon)
		lapsed.ClaimUntil = at(time.Minute)
		f.issue(retry, early, lapsed, held)
		due := func(limit int) (work []engine.Work) {
			f.write(func(tx *Tx) (err error) { work, err = tx.Due(f.ctx, run.ID, 1, at(time.Minute), limit); return err })
			return work
		}
		want := []engine.Work{{Delivery: list[0], User: users[0]}, {Delivery: retry, User: users[1]}, {Delivery: lapsed, User: users[3]}}
		same(t, due(10), want)
		same(t, due(2), want[:2])
		f.write(func(tx *Tx) error {
			work, err := tx.Due(f.ctx, run.ID, 2, at(time.Hour), 10)
			same(t, work, nil)
			return err
		})
	},
	"OnlyWhatIsUnfinishedIsIssued": func(t *testing.T, f *fixture) {
		u := f.user()
		d := f.issued(u, noon)
		same(t, f.delivery(d.ID), d)
		sent := f.sent(f.user(), noon)
		again := begun(sent, u, at(time.Hour))
		_, list := f.queued(f.user())
		fresh := begun(list[0], u, noon)
		f.write(func(tx *Tx) error {
			written, err := tx.Issue(f.ctx, []rekey.Delivery{again, fresh})
			same(t, written, []rekey.Delivery{fresh})
			return err
		})
		same(t, f.delivery(sent.ID), sent)
		same(t, f.delivery(fresh.ID), fresh)
	},
	"DeliveriesThatAreWrittenTogetherKeepWhatIsTheirOwn": func(t *testing.T, f *fixture) {
		users := []rekey.SystemUser{f.user(), f.user(), f.user(), f.user()}
		run, list := f.queued(users...)
		odd := []string{`"quoted" \ back\u0041slash`, "zürich — 東京 <&>", "", "new\nline\tand ' quote"}
		for i := range list {
			list[i] = begun(list[i], users[i], noon)
			list[i].Address, list[i].Sealed, list[i].Claim = odd[i], []byte{0, 0xff, byte(i)}, "claim"
		}
		list[2].State, list[2].Reason, list[2].Form, list[2].Sealed, list[2].Claim = rekey.DeliverySkipped, rekey.ReasonBlocked, nil, nil, ""
		list[3].Doubtful, list[3].Attempts, list[3].PasswordVersion = true, 2, 9
		f.issue(list...)
		for i, d := range list {
			same(t, f.delivery(d.ID), list[i])
		}
		sent, deferred, late := accepted(list[0], at(time.Second)), list[1], accepted(list[3], at(time.Minute))
		sent.ReplyText, late.ReplyText = odd[1], odd[0] // whose password version is another
		deferred.State, deferred.Attempting, deferred.Attempts, deferred.NextAttempt = rekey.DeliveryDeferred, false, 1, at(time.Hour)
		deferred.ReplyCode, deferred.ReplyText = 451, odd[3]
		f.write(func(tx *Tx) error {
			counted, err := tx.Settle(f.ctx, []rekey.Delivery{sent, deferred, late})
			same(t, counted, []rekey.Delivery{sent, deferred})
			return err
		})
		sent.Claim, sent.ClaimUntil, deferred.Claim, deferred.ClaimUntil = "", time.Time{}, "", time.Time{}
		list[3].ReplyCode, list[3].ReplyText = late.ReplyCode, late.ReplyText
		for _, d := range []rekey.Delivery{sent, deferred, list[3]} {
			same(t, f.delivery(d.ID), d)
		}
		tallies, _, err := f.Tallies(f.ctx, []string{run.ID}, 3)
		same(t, got(t, tallies, err)[run.ID], []rekey.Tally{
			{State: rekey.DeliveryDeferred, Count: 1}, {State: rekey.DeliveryIssued, Count: 1},
			{State: rekey.DeliverySent, Count: 1}, {State: rekey.DeliverySkipped, Reason: rekey.ReasonBlocked, Count: 1},
		})
	},
	"AClaimHoldsForWhoeverMadeItUntilItLapses": func(t *testing.T, f *fixture) {
		d := f.issued(f.user(), noon)
		sent := f.sent(f.user(), noon)
		for _, test := range []struct {
			id, claim string
			now       time.Time
			want      bool
		}{
			{d.ID, d.Claim, d.ClaimUntil.Add(-time.Microsecond), true}, {d.ID, d.Claim, d.ClaimUntil, false}, {d.ID, "other", noon, false},
			{d.ID, "", noon, false}, {sent.ID, "", noon, false}, {"none", d.Claim, noon, false},
		} {
			claimed, paused, err := f.Claimed(f.ctx, test.id, test.claim, test.now)
			same(t, got(t, claimed, err), test.want)
			if paused {
				t.Error("sending is not paused")
			}
		}
		f.write(func(tx *Tx) error {
			_, err := tx.PutPause(f.ctx, rekey.Pause{At: noon})
			return err
		})
		if claimed, paused, err := f.Claimed(f.ctx, d.ID, d.Claim, noon); err != nil || !claimed || !paused {
			t.Errorf("while paused: claimed %v, paused %v, %v", claimed, paused, err)
		}
	},
	"AClaimIsRenewedByWhoeverHasIt": func(t *testing.T, f *fixture) {
		users := []rekey.SystemUser{f.user(), f.user(), f.user()}
		_, list := f.queued(users...)
		for i := range list {
			list[i] = begun(list[i], users[i], noon)
		}
		list[0].Claim, list[1].Claim, list[2].Claim = "node/mine", "node/mine", "other/theirs"
		f.issue(list...)
		f.write(func(tx *Tx) error {
			_, err := tx.Settle(f.ctx, []rekey.Delivery{accepted(list[1], noon)})
			return err
		})
		before := f.delivery(list[1].ID)
		f.write(func(tx *Tx) error { return tx.Renew(f.ctx, list[0].RunID, 1, "node/mine", at(time.Hour)) })
		list[0].ClaimUntil = at(time.Hour)
		for i, want := range []rekey.Delivery{list[0], before, list[2]} {
			same(t, f.delivery(list[i].ID), want)
		}
	},
	"ABatchIsLookedAtAgainWhenSomethingIsDue": func(t *testing.T, f *fixture) {
		users := []rekey.SystemUser{f.user(), f.user()}
		run, list := f.queued(users...)
		next := func(now time.Time) (next time.Time) {
			f.write(func(tx *Tx) (err error) { next, err = tx.CloseBatch(f.ctx, run.ID, 1, now); return err })
			return next
		}
		same(t, next(at(time.Second)), at(time.Second)) // queued: at once
		one, two := begun(list[0], users[0], noon), begun(list[1], users[1], noon)
		two.State, two.NextAttempt, two.Claim = rekey.DeliveryDeferred, at(time.Hour), ""
		f.issue(one, two)
		same(t, next(at(time.Second)), one.ClaimUntil)
		// The sweep after a crash gives the claim back; then it is due at once.
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `UPDATE deliveries SET claim = '', claim_until = 0 WHERE id = $1`, one.ID)
		})
		same(t, next(at(time.Second)), at(time.Second))
		same(t, f.storedRun(run.ID).State, rekey.RunSending)
		f.issue(one)
		f.write(func(tx *Tx) error {
			_, err := tx.Settle(f.ctx, []rekey.Delivery{accepted(one, at(time.Minute))})
			return err
		})
		same(t, next(at(time.Minute)), at(time.Hour))
		if until, open := f.nextAt(run.ID); !open || !until.Equal(at(time.Hour)) {
			t.Errorf("looked at again at %v, %v", until, open)
		}
		two.State = rekey.DeliveryFailed
		f.issue(two)
		same(t, next(at(2*time.Hour)), time.Time{})
		r := f.storedRun(run.ID)
		if r.State != rekey.RunFinished || !r.FinishedAt.Equal(at(2*time.Hour)) {
			t.Errorf("%+v", r)
		}
	},
	"ARunIsFinishedWithItsLastBatch": func(t *testing.T, f *fixture) {
		run, list := f.queued(f.user())
		second := list[0]
		second.ID, second.UserID, second.Batch = f.id(), f.user().ID, 2
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{second}) })
		for batch, id := range map[int]string{1: list[0].ID, 2: second.ID} {
			same(t, f.storedRun(run.ID).State, rekey.RunSending)
			f.write(func(tx *Tx) error {
				if err := tx.write(f.ctx, `UPDATE deliveries SET state = 'failed' WHERE id = $1`, id); err != nil {
					return err
				}
				_, err := tx.CloseBatch(f.ctx, run.ID, batch, noon)
				return err
			})
		}
		same(t, f.storedRun(run.ID).State, rekey.RunFinished)
	},
	"HistoriesSayWhatSomebodyWasSentLately": func(t *testing.T, f *fixture) {
		now := at(100 * time.Hour)
		u := f.user()
		f.sent(u, at(0)) // before the last change
		f.chooses(u, "", "chosen", at(time.Hour))
		f.sent(f.stored(u), now.Add(-24*time.Hour))
		f.sent(f.stored(u), now.Add(-24*time.Hour+time.Microsecond))
		f.sent(f.stored(u), now.Add(-time.Hour), func(d *rekey.Delivery) { d.State = rekey.DeliveryIssued })
		other := f.user()
		_, asked := f.queued(other)
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `UPDATE deliveries SET asked_by = 'user', old_password = 'revoke' WHERE id = $1`, asked[0].ID)
		})
		histories := func(now time.Time) map[string]engine.History {
			found, err := f.Histories(f.ctx, []string{u.ID, other.ID, "nobody"}, "", "", now)
			return got(t, found, err)
		}
		same(t, histories(now), map[string]engine.History{u.ID: {InDay: 2, UnusedInRow: 3, SentLately: true, SentInDay: 2, WayIn: true}, other.ID: {Unfinished: true}})
		d := begun(asked[0], other, now)
		d.OldPassword = rekey.RevokeAtOnce
		f.issue(d)
		f.write(func(tx *Tx) error { _, err := tx.Settle(f.ctx, []rekey.Delivery{accepted(d, now)}); return err })
		same(t, histories(now)[other.ID], engine.History{AskedLately: true, AskedInDay: 1, Revoked: true, WayIn: true})
		same(t, histories(now.Add(15 * time.Minute))[other.ID], engine.History{AskedInDay: 1, Revoked: true, WayIn: true})
		same(t, histories(now.Add(time.Hour))[other.ID], engine.History{AskedInDay: 1, WayIn: true})
		same(t, histories(now.Add(24 * time.Hour))[other.ID], engine.History{WayIn: true})
		same(t, histories(d.ValidUntil)[other.ID], engine.History{})
	},
	"DeliveriesAreListedUpToARank": func(t *testing.T, f *fixture) {
		low, high := f.user(), f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
		run, list := f.queued(low, high)
		gone := rekey.Delivery{ID: f.id(), RunID: run.ID, Subject: "nobody", Number: 1, State: rekey.DeliverySkipped, Reason: rekey.ReasonNotSystemUser, UpdatedAt: noon}
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{gone}) })
		all := append(list, gone)
		for _, test := range []struct {
			query rekey.DeliveryQuery
			want  []rekey.Delivery
		}{
			{rekey.DeliveryQuery{MaxRank: 3}, all}, {rekey.DeliveryQuery{MaxRank: 1}, []rekey.Delivery{list[0], gone}}, {rekey.DeliveryQuery{MaxRank: 3, UserID: high.ID}, list[1:2]},
			{rekey.DeliveryQuery{MaxRank: 3, States: []rekey.DeliveryState{rekey.DeliverySkipped}}, all[2:]}, {rekey.DeliveryQuery{MaxRank: 3, After: list[0].ID}, all[1:]}, {rekey.DeliveryQuery{MaxRank: 3, RunID: "none"}, nil},
		} {
			test.query.Limit = 10
			found, err := f.Deliveries(f.ctx, test.query)
			same(t, got(t, found, err), test.want)
		}
		for rank, want := range map[int]map[string][]rekey.Tally{
			3: {run.ID: {{State: rekey.DeliveryQueued, Count: 2}, {State: rekey.DeliverySkipped, Reason: rekey.ReasonNotSystemUser, Count: 1}}},
			1: {run.ID: {{State: rekey.DeliveryQueued, Count: 1}, {State: rekey.DeliverySkipped, Reason: rekey.ReasonNotSystemUser, Count: 1}}},
		} {
			tallies, hidden, err := f.Tallies(f.ctx, []string{run.ID, "none"}, rank)
			same(t, got(t, tallies, err), want)
			same(t, hidden[run.ID], map[int]int64{3: 0, 1: 1}[rank])
		}
		for user, want := range map[string]int{low.ID: 1, "nobody": 0} {
			number, batch, err := f.LastNumber(f.ctx, run.ID, user, "")
			same(t, []int{got(t, number, err), batch}, []int{want, 1})
		}
		number, batch, err := f.LastNumber(f.ctx, "none", low.ID, "")
		same(t, []int{got(t, number, err), batch}, []int{0, 0})
	},
	"AFormIsStoredOnce": func(t *testing.T, f *fixture) {
		for _, content := range []string{"first", "second"} {
			f.write(func(tx *Tx) error { return tx.PutForm(f.ctx, []byte("digest"), []byte(content), noon) })
		}
		content, err := f.Form(f.ctx, []byte("digest"))
		same(t, string(got(t, content, err)), "first")
		_, err = f.Form(f.ctx, []byte("none"))
		wantCode(t, err, rekey.CodeNotFound)
	},
}
