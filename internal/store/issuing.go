package store

import (
	"context"
	"time"

	"rekey"
)

// issuing holds the values of ISSUE that most deliveries of a batch share.
type issuing struct {
	state, reason, form   string
	oldPassword           string
	issuedAt, validUntil  int64
	attempting, doubtful  bool
	attempts              int
	nextAttempt           int64
	claim                 string
	claimUntil, updatedAt int64
	replacedBy            string
}

// Renew extends a claim on the deliveries of a batch that are on their way. It does
// not touch deliveries that another worker has claimed since.
func (tx *Tx) Renew(ctx context.Context, runID string, batch int, claim string, until time.Time) error {
	return tx.write(ctx, `UPDATE deliveries SET claim_until = $4 WHERE run_id = $1 AND batch = $2 AND claim = $3 AND state = 'issued'`,
		runID, batch, claim, micros(until))
}

// Issue writes the results of ISSUE for deliveries that are still unfinished or
// held behind another one, and returns those. It leaves the rest unchanged. A held
// one that is issued replaces the unfinished one of its user (I10).
func (tx *Tx) Issue(ctx context.Context, batch []rekey.Delivery) (written []rekey.Delivery, err error) {
	before, err := tx.before(ctx, batch)
	if err != nil {
		return nil, err
	}
	var behindAnother []string // users
	for _, d := range batch {
		if d.State == rekey.DeliveryIssued && before[d.ID].state == rekey.DeliveryHeld {
			behindAnother = append(behindAnother, d.UserID)
		}
	}
	if len(behindAnother) > 0 {
		if err := tx.takePlace(ctx, batch[0].RunID, behindAnother, batch[0].UpdatedAt); err != nil {
			return nil, err
		}
	}
	changed := make(map[string]bool, len(batch))
	keys, groups := grouped(batch, func(d *rekey.Delivery) issuing {
		return issuing{
			string(d.State), string(d.Reason), string(d.Form), string(d.OldPassword), micros(d.IssuedAt), micros(d.ValidUntil), d.Attempting, d.Doubtful,
			d.Attempts, micros(d.NextAttempt), d.Claim, micros(d.ClaimUntil), micros(d.UpdatedAt), d.ReplacedBy,
		}
	})
	for _, k := range keys {
		if err := tx.issue(ctx, k, groups[k], changed); err != nil {
			return nil, err
		}
	}
	for _, d := range batch {
		if changed[d.ID] {
			written = append(written, d)
			tx.moved(d.RunID, before[d.ID], outcome{d.State, d.Reason}, 1, d.UpdatedAt)
			if d.Reason == rekey.ReasonDigest && d.ReplacedBy != "" { // it may be of another batch, which is due later now
				tx.left(place{runID: d.RunID, batch: d.Batch, outcome: before[d.ID]}, d.UpdatedAt)
			}
		}
	}
	return written, nil
}

// issue writes the deliveries that share k, and notes in changed which were
// written.
func (tx *Tx) issue(ctx context.Context, k issuing, batch []rekey.Delivery, changed map[string]bool) error {
	var set rowset
	for _, d := range batch {
		set.row().text(d.ID).text(d.Address).text(d.Verifier).binary(d.Sealed).integer(d.PasswordVersion)
	}
	return tx.each(ctx, `UPDATE deliveries SET state=$2, reason=$3, address=x.address, verifier=x.verifier, sealed=x.sealed, form=$4,
		password_version=x.password_version, issued_at=$5, valid_until=$6, attempting=$7, doubtful=$8, attempts=$9, next_attempt=$10,
		claim=$11, claim_until=$12, updated_at=$13, old_password=$14, replaced_by=$15
		FROM `+tx.q.rowsOf(1, column{"id", text}, column{"address", text}, column{"verifier", text}, column{"sealed", binary}, column{"password_version", integer})+` x
		WHERE deliveries.id = x.id AND (deliveries.state IN ('queued', 'issued', 'deferred') OR deliveries.state = 'held' AND deliveries.reason = 'already_being_sent')
		RETURNING deliveries.id`,
		[]any{set.argument(), k.state, k.reason, batch[0].Form, k.issuedAt, k.validUntil, k.attempting, k.doubtful, k.attempts, k.nextAttempt,
			k.claim, k.claimUntil, k.updatedAt, k.oldPassword, k.replacedBy}, noting(changed))
}

// noting adds the ids that a statement returns to ids.
func noting(ids map[string]bool) func(rows) error {
	return func(r rows) error {
		var id string
		err := r.Scan(&id)
		ids[id] = true
		return err
	}
}

// before returns the outcomes under which deliveries are counted so far.
func (tx *Tx) before(ctx context.Context, batch []rekey.Delivery) (map[string]outcome, error) {
	before := make(map[string]outcome, len(batch))
	var unknown []string
	for _, d := range batch {
		was, known := tx.due[d.ID]
		if !known {
			unknown = append(unknown, d.ID)
		}
		before[d.ID] = was
	}
	if len(unknown) == 0 {
		return before, nil
	}
	places, err := tx.places(ctx, tx.q.in("d.id", 1), texts(unknown))
	for _, p := range places {
		before[p.id] = p.outcome
	}
	return before, err
}
