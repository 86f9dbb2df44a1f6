package store

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// Histories returns what users were sent lately, by user id.
func (s Queries) Histories(ctx context.Context, userIDs []string, now time.Time) (map[string]engine.History, error) {
	found := make(map[string]engine.History, len(userIDs))
	day, asked, hour := now.Add(-24*time.Hour), now.Add(-15*time.Minute), now.Add(-time.Hour)
	err := s.each(ctx, `SELECT d.user_id,
			COUNT(*) FILTER (WHERE d.state IN ('queued', 'issued', 'deferred')),
			COUNT(*) FILTER (WHERE d.asked_by = '' AND d.accepted_at > $2),
			COUNT(*) FILTER (WHERE d.asked_by = '' AND d.accepted_at > 0 AND d.accepted_at > u.password_changed_at),
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND d.accepted_at > $2),
			COUNT(*) FILTER (WHERE d.asked_by = 'stranger' AND d.accepted_at > 0 AND d.accepted_at > u.password_changed_at),
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND d.accepted_at > $3),
			COUNT(*) FILTER (WHERE d.asked_by = 'user' AND d.accepted_at > $2),
			COUNT(*) FILTER (WHERE d.old_password = 'revoke' AND d.issued_at > $4)
		FROM system_users u JOIN deliveries d ON d.user_id = u.id
		WHERE `+s.q.in("u.id", 1)+` GROUP BY d.user_id`,
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

// Plan stores the deliveries of a run and opens its batches.
func (tx *Tx) Plan(ctx context.Context, deliveries []rekey.Delivery) error {
	opened := map[int]bool{}
	for _, d := range deliveries {
		err := tx.write(ctx, `INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, state, reason, old_password, asked_by,
			created_at, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$11)`,
			d.ID, d.RunID, d.UserID, d.Subject, d.Number, d.Batch, string(d.State), string(d.Reason), string(d.OldPassword), string(d.AskedBy),
			micros(d.UpdatedAt))
		if err != nil {
			return err
		}
		if d.State != rekey.DeliveryQueued || opened[d.Batch] {
			continue
		}
		opened[d.Batch] = true
		err = tx.write(ctx, `INSERT INTO batches (run_id, number, next_at, enqueued_at) VALUES ($1, $2, $3, $3)`, d.RunID, d.Batch, micros(d.UpdatedAt))
		if err != nil {
			return err
		}
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
	return tx.write(ctx, `UPDATE deliveries SET state = 'superseded', reason = $3, sealed = NULL, claim = '', updated_at = $2
		WHERE state IN ('queued', 'issued', 'deferred') AND `+tx.q.in("user_id", 1),
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
	for _, d := range batch {
		err := tx.write(ctx, `UPDATE deliveries SET state=$2, reason=$3, address=$4, verifier=$5, sealed=$6, form=$7, password_version=$8,
			issued_at=$9, valid_until=$10, attempting=$11, doubtful=$12, attempts=$13, next_attempt=$14, claim=$15, claim_until=$16, updated_at=$17
			WHERE id=$1 AND state IN ('queued', 'issued', 'deferred')`,
			d.ID, string(d.State), string(d.Reason), d.Address, d.Verifier, d.Sealed, d.Form, d.PasswordVersion,
			micros(d.IssuedAt), micros(d.ValidUntil), d.Attempting, d.Doubtful, d.Attempts, micros(d.NextAttempt), d.Claim, micros(d.ClaimUntil), micros(d.UpdatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// Settle writes the outcomes of attempts. An outcome counts only if the
// delivery is still issued, its claim the same and its user's password version
// the one read at ISSUE; otherwise only the reply is recorded. An acceptance
// that replaces the chosen password ends the user's earlier mailed ones.
func (tx *Tx) Settle(ctx context.Context, outcomes []rekey.Delivery) (counted []rekey.Delivery, err error) {
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
		if n > 0 {
			counted = append(counted, d)
		}
		switch {
		case n == 0:
			err = tx.write(ctx, `UPDATE deliveries SET reply_code=$2, reply_text=$3, updated_at=$4 WHERE id=$1`,
				d.ID, d.ReplyCode, d.ReplyText, micros(d.UpdatedAt))
		case d.State == rekey.DeliverySent && d.OldPassword == rekey.ReplaceWhenSent:
			err = tx.endEarlier(ctx, d)
		}
		if err != nil {
			return nil, err
		}
	}
	return counted, nil
}

// endEarlier ends the mailed passwords that an accepted one takes the place of.
func (tx *Tx) endEarlier(ctx context.Context, accepted rekey.Delivery) error {
	return tx.write(ctx, `UPDATE deliveries SET verifier='', sealed=NULL, ended_at=$3, updated_at=$3,
		state = CASE WHEN state = 'sent' THEN 'superseded' ELSE state END,
		reason = CASE WHEN state = 'sent' THEN $4 ELSE reason END
		WHERE user_id=$1 AND id<>$2 AND issued_at>0 AND ended_at=0 AND verifier<>''`,
		accepted.UserID, accepted.ID, micros(accepted.AcceptedAt), string(rekey.ReasonReplaced))
}

// Reprieve takes refusals back that were not the recipients' fault: what failed
// is deferred again, with its seal, unless its user has another unfinished
// delivery by now. Its batches are open again.
func (tx *Tx) Reprieve(ctx context.Context, refused []rekey.Delivery) error {
	for _, d := range refused {
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
	}
	return list, nil
}
