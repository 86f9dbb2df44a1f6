package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"rekey"
)

// settling holds the values that most outcomes of a batch share.
type settling struct {
	state, reason        string
	sealed               bool // the seal is kept
	attempting, doubtful bool
	attempts             int
	replyCode            int
	claim                string
}

// Settle writes the outcomes of attempts. An outcome counts only if the delivery is
// still issued, its claim is the same and its user's password version is the one of
// ISSUE; a message has none. Otherwise only the reply is recorded; see recordLate. An acceptance that
// replaces the chosen password ends the user's earlier mailed passwords.
func (tx *Tx) Settle(ctx context.Context, outcomes []rekey.Delivery) (counted []rekey.Delivery, err error) {
	settled := make(map[string]bool, len(outcomes))
	keys, groups := grouped(outcomes, func(d *rekey.Delivery) settling {
		return settling{string(d.State), string(d.Reason), d.Sealed != nil, d.Attempting, d.Doubtful, d.Attempts, d.ReplyCode, d.Claim}
	})
	for _, k := range keys {
		if err := tx.settle(ctx, k, groups[k], settled); err != nil {
			return nil, err
		}
	}
	replacing := map[string]rekey.Delivery{} // by user
	for _, d := range outcomes {
		if !settled[d.ID] {
			if err := tx.recordLate(ctx, d); err != nil {
				return nil, err
			}
			continue
		}
		counted = append(counted, d)
		at := d.UpdatedAt
		if d.State == rekey.DeliverySent {
			at = d.AcceptedAt
			tx.accepted(d)
		}
		tx.moved(d.RunID, outcome{state: rekey.DeliveryIssued}, outcome{d.State, d.Reason}, 1, at) // an issued delivery has no reason
		if d.State == rekey.DeliverySent && d.OldPassword == rekey.ReplaceWhenSent {
			replacing[d.UserID] = d
		}
	}
	return counted, tx.endEarlier(ctx, replacing)
}

// acceptSuperseded notes that the mail server accepted a delivery that a newer run
// replaced on its way. It counts as sent.
func (tx *Tx) acceptSuperseded(ctx context.Context, d rekey.Delivery) error {
	var in bool
	err := tx.one(ctx, `UPDATE deliveries SET accepted_at = $2, reason = $3
		WHERE id = $1 AND state = 'superseded' AND reason = $4 AND accepted_at = 0 RETURNING in_at > 0`,
		[]any{d.ID, micros(d.AcceptedAt), string(rekey.ReasonReplaced), string(rekey.ReasonReplacedUnsent)}, &in)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	from, to := outcome{rekey.DeliverySuperseded, rekey.ReasonReplacedUnsent}, outcome{rekey.DeliverySuperseded, rekey.ReasonReplaced}
	tx.moved(d.RunID, from, to, 1, d.AcceptedAt)
	if in {
		tx.cameIn(d.RunID, from, -1)
		tx.cameIn(d.RunID, to, 1)
	}
	tx.movement(d.RunID).figure(rekey.DeliverySent, 1, d.AcceptedAt)
	tx.accepted(d)
	return nil
}

// recordLate records an answer of the mail server that no longer counts. If the
// mailed password has ended meanwhile, it also records an acceptance, so that the
// record says that the mail was sent.
func (tx *Tx) recordLate(ctx context.Context, d rekey.Delivery) error {
	err := tx.write(ctx, `UPDATE deliveries SET reply_code=$2, reply_text=$3 WHERE id=$1`, d.ID, d.ReplyCode, d.ReplyText)
	if err != nil || d.State != rekey.DeliverySent {
		return err
	}
	if err := tx.acceptSuperseded(ctx, d); err != nil {
		return err
	}
	n, err := tx.changes(ctx, `UPDATE deliveries SET accepted_at=$2 WHERE id=$1 AND accepted_at=0 AND ended_at > 0`, d.ID, micros(d.AcceptedAt))
	if n > 0 {
		tx.movement(d.RunID).figure(rekey.DeliverySent, 1, d.AcceptedAt)
		tx.accepted(d)
	}
	return err
}

// settle writes the outcomes that share k, and notes in settled which counted.
func (tx *Tx) settle(ctx context.Context, k settling, outcomes []rekey.Delivery, settled map[string]bool) error {
	var set rowset
	for _, d := range outcomes {
		set.row().text(d.ID).integer(micros(d.NextAttempt)).text(d.ReplyText).integer(micros(d.AcceptedAt)).integer(micros(d.RemindAt)).integer(micros(d.UpdatedAt))
	}
	return tx.each(ctx, `UPDATE deliveries SET state=$2, reason=$3, sealed=CASE WHEN $4 THEN deliveries.sealed ELSE NULL END, attempting=$5,
		doubtful=$6, attempts=$7, next_attempt=x.next_attempt, claim='', claim_until=0, reply_code=$8, reply_text=x.reply_text,
		accepted_at=x.accepted_at, remind_at=x.remind_at, updated_at=x.updated_at
		FROM `+tx.q.rowsOf(1, column{"id", text}, column{"next_attempt", integer}, column{"reply_text", text}, column{"accepted_at", integer}, column{"remind_at", integer}, column{"updated_at", integer})+` x
		WHERE deliveries.id=x.id AND deliveries.state='issued' AND deliveries.claim=$9
		AND (deliveries.old_password = '' OR EXISTS (SELECT 1 FROM system_users u WHERE u.id = deliveries.user_id AND u.password_version = deliveries.password_version))
		RETURNING deliveries.id`,
		[]any{set.argument(), k.state, k.reason, k.sealed, k.attempting, k.doubtful, k.attempts, k.replyCode, k.claim}, noting(settled))
}

// endEarlier ends the mailed passwords that accepted ones replace. The keys of
// accepted are user ids.
func (tx *Tx) endEarlier(ctx context.Context, accepted map[string]rekey.Delivery) error {
	if len(accepted) == 0 {
		return nil
	}
	users := slices.Sorted(maps.Keys(accepted))
	ids := make([]string, len(users))
	for i, id := range users {
		ids[i] = accepted[id].ID
	}
	earlier, err := tx.places(ctx, mayBeLive+` AND `+tx.q.in("d.user_id", 1)+` AND NOT `+tx.q.in("d.id", 2), texts(users), texts(ids))
	if err != nil {
		return err
	}
	for _, p := range earlier {
		by := accepted[p.userID]
		if p.state == rekey.DeliverySent {
			replaced := outcome{rekey.DeliverySuperseded, rekey.ReasonReplaced}
			tx.moved(p.runID, p.outcome, replaced, 1, by.AcceptedAt)
			p.outcome = replaced
		}
		err := tx.write(ctx, `UPDATE deliveries SET verifier='', sealed=NULL, ended_at=$2,
			updated_at = CASE WHEN state = $3 THEN updated_at ELSE $2 END, state=$3, reason=$4,
			replaced_by = CASE WHEN reason = $4 THEN replaced_by ELSE $5 END WHERE id=$1`,
			p.id, micros(by.AcceptedAt), string(p.state), string(p.reason), by.RunID)
		if err != nil {
			return err
		}
	}
	return nil
}
