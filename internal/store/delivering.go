package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// Histories returns what users were sent lately, by user id.
func (s Queries) Histories(ctx context.Context, userIDs []string, now time.Time) (map[string]engine.History, error) {
	found := make(map[string]engine.History, len(userIDs))
	day, asked, hour := now.Add(-24*time.Hour), now.Add(-15*time.Minute), now.Add(-time.Hour)
	err := s.each(ctx, `SELECT u.id,
			COUNT(*) FILTER (WHERE d.state IN ('queued', 'issued', 'deferred')),
			COUNT(*) FILTER (WHERE d.asked_by = '' AND d.accepted_at > $2),
			COUNT(*) FILTER (WHERE d.asked_by = '' AND d.accepted_at > 0 AND d.accepted_at > u.password_changed_at) + u.unused_before,
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND d.accepted_at > $2),
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND d.accepted_at > 0 AND d.accepted_at > u.password_changed_at) + u.strangers_before,
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND d.accepted_at > $3),
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND d.accepted_at > $2),
			COUNT(*) FILTER (WHERE d.old_password = 'revoke' AND d.issued_at > $4)
		FROM system_users u LEFT JOIN deliveries d ON d.user_id = u.id
		WHERE `+s.q.in("u.id", 1)+` GROUP BY u.id`,
		[]any{texts(userIDs), micros(day), micros(asked), micros(hour)}, func(r rows) error {
			var id string
			var h engine.History
			var unfinished, lately, revoked int
			err := r.Scan(&id, &unfinished, &h.InDay, &h.UnusedInRow, &h.StrangersInDay, &h.StrangersUnused, &lately, &h.AskedInDay, &revoked)
			h.Unfinished, h.AskedLately, h.Revoked = unfinished > 0, lately > 0, revoked > 0
			found[id] = h
			return err
		})
	return found, err
}

// Plan stores the deliveries of a run and opens the batches of those that are
// queued.
func (tx *Tx) Plan(ctx context.Context, deliveries []rekey.Delivery) error {
	if err := tx.PlanPart(ctx, deliveries); err != nil {
		return err
	}
	opened := map[int]bool{}
	for _, d := range deliveries {
		if d.State != rekey.DeliveryQueued || opened[d.Batch] {
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

// PlanPart stores deliveries of a run that no batch takes yet.
func (tx *Tx) PlanPart(ctx context.Context, deliveries []rekey.Delivery) error {
	for _, d := range deliveries {
		err := tx.write(ctx, `INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, state, reason, old_password, asked_by,
			created_at, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$11)`,
			d.ID, d.RunID, d.UserID, d.Subject, d.Number, d.Batch, string(d.State), string(d.Reason), string(d.OldPassword), string(d.AskedBy),
			micros(d.UpdatedAt))
		if err != nil {
			return err
		}
		tx.counted(d.RunID, outcome{d.State, d.Reason}, 1, d.UpdatedAt)
	}
	return nil
}

// Unfinished returns which of the users have an unfinished delivery.
func (tx *Tx) Unfinished(ctx context.Context, userIDs []string) (map[string]bool, error) {
	found := map[string]bool{}
	err := tx.each(ctx, `SELECT user_id FROM deliveries WHERE state IN ('queued', 'issued', 'deferred') AND `+tx.q.in("user_id", 1),
		[]any{texts(userIDs)}, func(r rows) error {
			var id string
			err := r.Scan(&id)
			found[id] = true
			return err
		})
	return found, err
}

// Supersede takes the place of the users' unfinished deliveries. Their mailed
// passwords, if any, stay live until the new ones are issued.
func (tx *Tx) Supersede(ctx context.Context, userIDs []string, now time.Time) error {
	where := `state IN ('queued', 'issued', 'deferred') AND ` + tx.q.in("user_id", 1)
	moving, err := tx.places(ctx, where, texts(userIDs))
	if err != nil || len(moving) == 0 {
		return err
	}
	for _, p := range moving {
		tx.moved(p.runID, p.outcome, outcome{rekey.DeliverySuperseded, rekey.ReasonRevoked}, 1, now)
	}
	return tx.write(ctx, `UPDATE deliveries SET state = 'superseded', reason = $3, sealed = NULL, claim = '', updated_at = $2 WHERE `+where,
		texts(userIDs), micros(now), string(rekey.ReasonRevoked))
}

// Due returns what there is to do in a batch now: queued and deferred
// deliveries, and issued ones whose claim has lapsed, with their users.
func (tx *Tx) Due(ctx context.Context, runID string, batch int, now time.Time, limit int) ([]engine.Work, error) {
	var list []engine.Work
	err := tx.each(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.run_id = $1 AND d.batch = $2
		AND (d.state = 'queued' OR d.state = 'deferred' AND d.next_attempt <= $3 OR d.state = 'issued' AND d.claim_until <= $3)
		ORDER BY d.id LIMIT $4`, []any{runID, batch, micros(now), limit}, func(r rows) error {
		var w engine.Work
		err := r.Scan(deliveryDest(&w.Delivery)...)
		list = append(list, w)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, w := range list {
		ids[i] = w.Delivery.UserID
	}
	users, err := tx.FindUsers(ctx, ids)
	for i := range list {
		list[i].User = users[list[i].Delivery.UserID]
	}
	return list, err
}

// Issue writes what ISSUE decided for deliveries that are unfinished.
func (tx *Tx) Issue(ctx context.Context, batch []rekey.Delivery) error {
	ids := make([]string, len(batch))
	for i, d := range batch {
		ids[i] = d.ID
	}
	before := make(map[string]outcome, len(batch))
	places, err := tx.places(ctx, tx.q.in("id", 1), texts(ids))
	if err != nil {
		return err
	}
	for _, p := range places {
		before[p.id] = p.outcome
	}
	for _, d := range batch {
		n, err := tx.changes(ctx, `UPDATE deliveries SET state=$2, reason=$3, address=$4, verifier=$5, sealed=$6, form=$7, password_version=$8,
			issued_at=$9, valid_until=$10, attempting=$11, doubtful=$12, attempts=$13, next_attempt=$14, claim=$15, claim_until=$16, updated_at=$17
			WHERE id=$1 AND state IN ('queued', 'issued', 'deferred')`,
			d.ID, string(d.State), string(d.Reason), d.Address, d.Verifier, d.Sealed, d.Form, d.PasswordVersion,
			micros(d.IssuedAt), micros(d.ValidUntil), d.Attempting, d.Doubtful, d.Attempts, micros(d.NextAttempt), d.Claim, micros(d.ClaimUntil), micros(d.UpdatedAt))
		if err != nil {
			return err
		}
		if n > 0 {
			tx.moved(d.RunID, before[d.ID], outcome{d.State, d.Reason}, n, d.UpdatedAt)
		}
	}
	return nil
}

// Settle writes the outcomes of attempts. An outcome counts only if the
// delivery is still issued, its claim the same and its user's password version
// the one read at ISSUE; otherwise only the reply is recorded. Acceptances that
// replace the chosen password end their users' earlier mailed ones.
func (tx *Tx) Settle(ctx context.Context, outcomes []rekey.Delivery) (counted []rekey.Delivery, err error) {
	replacing := map[string]rekey.Delivery{} // by user
	for _, d := range outcomes {
		n, err := tx.changes(ctx, `UPDATE deliveries SET state=$2, reason=$3, sealed=$4, attempting=$5, doubtful=$6, attempts=$7,
			next_attempt=$8, claim='', claim_until=0, reply_code=$9, reply_text=$10, accepted_at=$11, updated_at=$12
			WHERE id=$1 AND state='issued' AND claim=$13
			AND EXISTS (SELECT 1 FROM system_users u WHERE u.id = deliveries.user_id AND u.password_version = deliveries.password_version)`,
			d.ID, string(d.State), string(d.Reason), d.Sealed, d.Attempting, d.Doubtful, d.Attempts,
			micros(d.NextAttempt), d.ReplyCode, d.ReplyText, micros(d.AcceptedAt), micros(d.UpdatedAt), d.Claim)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			err = tx.write(ctx, `UPDATE deliveries SET reply_code=$2, reply_text=$3 WHERE id=$1`, d.ID, d.ReplyCode, d.ReplyText)
			if err != nil {
				return nil, err
			}
			continue
		}
		counted = append(counted, d)
		at := d.UpdatedAt
		if d.State == rekey.DeliverySent {
			at = d.AcceptedAt
		}
		tx.moved(d.RunID, outcome{state: rekey.DeliveryIssued}, outcome{d.State, d.Reason}, 1, at) // what is issued has no reason
		if d.State == rekey.DeliverySent && d.OldPassword == rekey.ReplaceWhenSent {
			replacing[d.UserID] = d
		}
	}
	return counted, tx.endEarlier(ctx, replacing)
}

// endEarlier ends the mailed passwords that accepted ones take the place of, by
// user.
func (tx *Tx) endEarlier(ctx context.Context, accepted map[string]rekey.Delivery) error {
	if len(accepted) == 0 {
		return nil
	}
	earlier, err := tx.places(ctx, mayBeLive+` AND `+tx.q.in("d.user_id", 1), texts(slices.Sorted(maps.Keys(accepted))))
	if err != nil {
		return err
	}
	for _, p := range earlier {
		by := accepted[p.userID]
		if p.id == by.ID {
			continue
		}
		if p.state == rekey.DeliverySent {
			replaced := outcome{rekey.DeliverySuperseded, rekey.ReasonReplaced}
			tx.moved(p.runID, p.outcome, replaced, 1, by.AcceptedAt)
			p.outcome = replaced
		}
		err := tx.write(ctx, `UPDATE deliveries SET verifier='', sealed=NULL, ended_at=$2,
			updated_at = CASE WHEN state = $3 THEN updated_at ELSE $2 END, state=$3, reason=$4 WHERE id=$1`,
			p.id, micros(by.AcceptedAt), string(p.state), string(p.reason))
		if err != nil {
			return err
		}
	}
	return nil
}

// Reprieve takes refusals back that were not the recipients' fault: what failed
// is deferred again, with its seal, unless its user has another unfinished
// delivery by now. Its batches are open again.
func (tx *Tx) Reprieve(ctx context.Context, refused []rekey.Delivery) error {
	for _, d := range refused {
		var failed time.Time
		err := tx.one(ctx, `SELECT updated_at FROM deliveries WHERE id = $1`, []any{d.ID}, moment{&failed})
		if err != nil {
			return missing(err, "delivery")
		}
		n, err := tx.changes(ctx, `UPDATE deliveries SET state='deferred', reason=$2, sealed=$3, next_attempt=$4, updated_at=$5
			WHERE id=$1 AND state='failed' AND reason='refused' AND ended_at=0
			AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.user_id = deliveries.user_id AND o.state IN ('queued', 'issued', 'deferred'))`,
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
		tx.Enqueue(engine.Job{Kind: engine.JobDeliver, RunID: d.RunID, Batch: d.Batch, At: d.NextAttempt})
	}
	return nil
}

// Expire ends sent deliveries whose time has passed and returns them.
func (tx *Tx) Expire(ctx context.Context, now time.Time, limit int) ([]rekey.Delivery, error) {
	list, err := tx.deliveries(ctx, `WHERE d.verifier <> '' AND d.state = 'sent' AND d.valid_until <= $1 ORDER BY d.valid_until LIMIT $2`, micros(now), limit)
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
