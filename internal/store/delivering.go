package store

import (
	"cmp"
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// leftUnused is the condition for deliveries whose mail was accepted since the last
// completed change of their user u. It leaves out deliveries that a change ended on
// their way, because nobody waited for them.
const leftUnused = mailedAt + ` > 0 AND ` + mailedAt + ` > u.password_changed_at AND d.reason <> 'chosen_meanwhile'`

// mailedAt is when a delivery was mailed, for the limits. If the undo of its run ended it
// while that was not known, it counts as mailed then.
const mailedAt = `(CASE WHEN d.accepted_at = 0 AND d.undone = 'ended' THEN d.ended_at ELSE d.accepted_at END)`

// Histories returns what users were recently sent, by user id. What the trials of the
// automation trialOf would have sent counts as sent, and as used; "" is for no trials. again is
// the run to whose people is sent again, or "".
func (s Queries) Histories(ctx context.Context, userIDs []string, trialOf, again string, now time.Time) (map[string]engine.History, error) {
	found := make(map[string]engine.History, len(userIDs))
	// Who has a chosen password that does not log in now has an accepted one that does.
	day, asked, hour := now.Add(-24*time.Hour), now.Add(-15*time.Minute), now.Add(-time.Hour)
	err := s.each(ctx, `SELECT u.id,
			COUNT(*) FILTER (WHERE d.state IN ('queued', 'issued', 'deferred')),
			COUNT(*) FILTER (WHERE d.asked_by = '' AND `+mailedAt+` > $2) + COUNT(*) FILTER (WHERE d.reminded_at > $2),
			COUNT(*) FILTER (WHERE d.asked_by = '' AND `+leftUnused+`) + u.unused_before,
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND `+mailedAt+` > $2),
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND `+leftUnused+`) + u.strangers_before,
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND `+mailedAt+` > $3),
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND `+mailedAt+` > $2),
			COUNT(*) FILTER (WHERE d.asked_by IN ('', 'other') AND `+mailedAt+` > $6),
			COUNT(*) FILTER (WHERE d.asked_by IN ('', 'other') AND `+mailedAt+` > $2) + COUNT(*) FILTER (WHERE d.reminded_at > $2),
			COUNT(*) FILTER (WHERE d.run_id = $7 AND `+isIn+`),
			COUNT(*) FILTER (WHERE d.old_password = 'revoke' AND d.issued_at > $4 AND (d.accepted_at > 0 OR d.state IN ('issued', 'deferred'))),
			COUNT(*) FILTER (WHERE d.accepted_at > 0 AND d.ended_at = 0 AND d.verifier <> '' AND d.valid_until > $5) + CASE WHEN u.chosen <> '' THEN 1 ELSE 0 END
		FROM system_users u LEFT JOIN deliveries d ON d.user_id = u.id
		WHERE `+s.q.in("u.id", 1)+` GROUP BY u.id`,
		[]any{texts(userIDs), micros(day), micros(asked), micros(hour), micros(now), micros(now.Add(-4 * time.Hour)), again}, func(r rows) error {
			var id string
			var h engine.History
			var unfinished, lately, sentLately, in, revoked, ways int
			err := r.Scan(&id, &unfinished, &h.InDay, &h.UnusedInRow, &h.StrangersInDay, &h.StrangersUnused, &lately, &h.AskedInDay, &sentLately, &h.SentInDay, &in, &revoked, &ways)
			h.Unfinished, h.AskedLately, h.Revoked, h.WayIn = unfinished > 0, lately > 0, revoked > 0, ways > 0
			h.SentLately, h.In = sentLately > 0, in > 0
			found[id] = h
			return err
		})
	if err != nil || trialOf == "" {
		return found, err
	}
	return found, s.addTrials(ctx, found, userIDs, trialOf, now)
}

// addTrials adds to histories what the trials of an automation would have sent.
func (s Queries) addTrials(ctx context.Context, histories map[string]engine.History, userIDs []string, automationID string, now time.Time) error {
	valid, day, asked, hour := now.Add(-engine.Lifetime), now.Add(-24*time.Hour), now.Add(-15*time.Minute), now.Add(-time.Hour)
	return s.each(ctx, `SELECT d.user_id,
			COUNT(*) FILTER (WHERE d.asked_by = '' AND d.updated_at > $4),
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND d.updated_at > $4),
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND d.updated_at > $5),
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND d.updated_at > $4),
			COUNT(*) FILTER (WHERE d.old_password = 'revoke' AND d.updated_at > $6)
		FROM deliveries d JOIN runs r ON r.id = d.run_id
		WHERE `+s.q.in("d.user_id", 1)+` AND d.state = 'would_be_sent' AND d.updated_at > $3
			AND r.automation_id = $2 AND r.state NOT IN ('cancelled', 'failed') AND r.reason <> 'above_ceiling'
		GROUP BY d.user_id`,
		[]any{texts(userIDs), automationID, micros(valid), micros(day), micros(asked), micros(hour)}, func(r rows) error {
			var id string
			var inDay, strangers, lately, askedInDay, revoked int
			err := r.Scan(&id, &inDay, &strangers, &lately, &askedInDay, &revoked)
			h := histories[id]
			h.InDay += inDay
			h.StrangersInDay += strangers
			h.AskedLately, h.AskedInDay = h.AskedLately || lately > 0, h.AskedInDay+askedInDay
			h.Revoked, h.WayIn = h.Revoked || revoked > 0, true
			histories[id] = h
			return err
		})
}

// Plan stores the deliveries of a run, and opens the batches of those that are
// queued or held behind another one.
func (tx *Tx) Plan(ctx context.Context, deliveries []rekey.Delivery) error {
	if err := tx.PlanPart(ctx, deliveries); err != nil {
		return err
	}
	opened := map[int]bool{}
	for _, d := range deliveries {
		if d.State != rekey.DeliveryQueued && !d.Behind() || opened[d.Batch] {
			continue
		}
		opened[d.Batch] = true
		err := tx.write(ctx, `INSERT INTO batches (run_id, number, next_at, enqueued_at) VALUES ($1, $2, $3, $3)`, d.RunID, d.Batch, micros(d.UpdatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// planned holds the values that most deliveries of a plan share.
type planned struct {
	runID         string
	number        int
	state, reason string
	old, asked    string
	updated       int64
}

// PlanPart stores deliveries of a run whose batches are not open yet.
func (tx *Tx) PlanPart(ctx context.Context, deliveries []rekey.Delivery) error {
	keys, groups := grouped(deliveries, func(d *rekey.Delivery) planned {
		return planned{d.RunID, d.Number, string(d.State), string(d.Reason), string(d.OldPassword), string(d.AskedBy), micros(d.UpdatedAt)}
	})
	for _, k := range keys {
		list := groups[k]
		var set rowset
		for _, d := range list {
			set.row().text(d.ID).text(d.UserID).text(d.Subject).integer(int64(d.Batch))
		}
		err := tx.write(ctx, `INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, state, reason, old_password, asked_by,
			created_at, updated_at) SELECT x.id, $2, x.user_id, x.subject, $3, x.batch, $4, $5, $6, $7, $8, $8
			FROM `+tx.q.rowsOf(1, column{"id", text}, column{"user_id", text}, column{"subject", text}, column{"batch", integer})+` x`,
			set.argument(), k.runID, k.number, k.state, k.reason, k.old, k.asked, k.updated)
		if err != nil {
			return err
		}
		tx.counted(k.runID, outcome{list[0].State, list[0].Reason}, int64(len(list)), list[0].UpdatedAt)
	}
	return nil
}

// Unfinished returns which of the users have an unfinished delivery.
func (tx *Tx) Unfinished(ctx context.Context, userIDs []string) (map[string]bool, error) {
	found := map[string]bool{}
	err := tx.each(ctx, `SELECT user_id FROM deliveries WHERE `+unfinished+` AND `+tx.q.in("user_id", 1),
		[]any{texts(userIDs)}, func(r rows) error {
			var id string
			err := r.Scan(&id)
			found[id] = true
			return err
		})
	return found, err
}

// takePlace ends the users' unfinished deliveries, because a run now issues others
// that revoke. Revoke ends their mailed passwords.
func (tx *Tx) takePlace(ctx context.Context, runID string, userIDs []string, now time.Time) error {
	moving, err := tx.places(ctx, unfinished+` AND `+tx.q.in("user_id", 1), texts(userIDs))
	if err != nil || len(moving) == 0 {
		return err
	}
	ids := make([]string, len(moving)) // and not who has one by now: that is another's
	for i, p := range moving {
		ids[i] = p.id
		tx.moved(p.runID, p.outcome, outcome{rekey.DeliverySuperseded, rekey.ReasonReplacedUnsent}, 1, now)
		tx.left(p, now)
	}
	return tx.write(ctx, `UPDATE deliveries SET state = 'superseded', reason = $3, replaced_by = $4, sealed = NULL, claim = '', updated_at = $2 WHERE `+tx.q.in("id", 1),
		texts(ids), micros(now), string(rekey.ReasonReplacedUnsent), runID)
}

// Due returns the deliveries of a batch that need work now, with their users:
// queued and deferred ones, those held behind another one, and issued ones whose
// claim has ended. Another node that asks for them waits until their new states are
// written. So does a transaction of another run that is to revoke the password of
// the same user. During a pause Due returns nothing.
func (tx *Tx) Due(ctx context.Context, runID string, batch int, now time.Time, limit int) ([]engine.Work, error) {
	// Users are locked before their deliveries, because a transaction that has
	// locked a user may replace that user's other deliveries.
	if err := tx.lockRow(ctx, `system_users WHERE id IN (SELECT user_id FROM deliveries WHERE run_id = $1 AND batch = $2
		AND old_password = 'revoke' AND state IN ('queued', 'held')) ORDER BY id`, runID, batch); err != nil {
		return nil, err
	}
	var list []engine.Work
	var w engine.Work
	dest := deliveryDest(&w.Delivery)
	err := tx.each(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.run_id = $1 AND d.batch = $2
		AND ((d.state IN ('queued', 'deferred') OR `+behind+`) AND d.next_attempt <= $3 OR d.state = 'issued' AND d.claim_until <= $3)
		AND `+notPaused+`
		ORDER BY d.id LIMIT $4`+tx.q.locking("FOR UPDATE"), []any{runID, batch, micros(now), limit}, func(r rows) error {
		w = engine.Work{}
		err := r.Scan(dest...)
		list = append(list, w)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]string, len(list))
	tx.due = make(map[string]outcome, len(list))
	for i := range list {
		d := &list[i].Delivery
		ids[i], tx.due[d.ID] = cmp.Or(d.UserID, d.Subject), outcome{d.State, d.Reason}
	}
	users, err := tx.FindUsers(ctx, ids)
	for i := range list {
		list[i].User = users[ids[i]]
	}
	return list, err
}

// Reprieve takes back refusals that were not the recipients' fault. The failed
// delivery is deferred again, with its seal, unless its user has another unfinished
// one by now, or has chosen a password. Its batch is open again.
func (tx *Tx) Reprieve(ctx context.Context, refused []rekey.Delivery) error {
	for _, d := range refused {
		var failed time.Time
		err := tx.one(ctx, `SELECT updated_at FROM deliveries WHERE id = $1`, []any{d.ID}, moment{&failed})
		if err != nil {
			return missing(err, "delivery")
		}
		n, err := tx.changes(ctx, `UPDATE deliveries SET state='deferred', reason=$2, sealed=$3, next_attempt=$4, updated_at=$5
			WHERE id=$1 AND state='failed' AND reason='refused' AND ended_at=0
			AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.user_id = deliveries.user_id AND `+unfinished+`)`,
			d.ID, string(d.Reason), d.Sealed, micros(d.NextAttempt), micros(d.UpdatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		tx.moved(d.RunID, outcome{rekey.DeliveryFailed, rekey.ReasonRefused}, outcome{rekey.DeliveryDeferred, d.Reason}, 1, d.UpdatedAt)
		tx.movement(d.RunID).figure(rekey.DeliveryFailed, -1, failed)
		if err := tx.write(ctx, `UPDATE batches SET next_at=$3 WHERE run_id=$1 AND number=$2`, d.RunID, d.Batch, micros(d.NextAttempt)); err != nil {
			return err
		}
		if err := tx.write(ctx, `UPDATE runs SET state='sending', finished_at=0, updated_at=$2 WHERE id=$1 AND state='finished'`, d.RunID, micros(d.UpdatedAt)); err != nil {
			return err
		}
		tx.Enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: d.RunID, Batch: d.Batch, At: d.NextAttempt})
	}
	return nil
}

// Expire ends sent deliveries that have expired, and returns them.
func (tx *Tx) Expire(ctx context.Context, now time.Time, limit int) ([]rekey.Delivery, error) {
	list, err := tx.deliveries(ctx, `WHERE d.verifier <> '' AND d.state = 'sent' AND d.valid_until <= $1 ORDER BY d.valid_until LIMIT $2`+tx.q.locking("FOR UPDATE SKIP LOCKED"),
		micros(now), limit)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		err := tx.write(ctx, `UPDATE deliveries SET state='expired', verifier='', ended_at=$2, updated_at=$2 WHERE id=$1`, d.ID, micros(now))
		if err != nil {
			return nil, err
		}
		tx.moved(d.RunID, outcome{d.State, d.Reason}, outcome{rekey.DeliveryExpired, d.Reason}, 1, now)
	}
	return list, nil
}
