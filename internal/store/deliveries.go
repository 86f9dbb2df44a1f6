package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rekey"
)

const deliveryColumns = `d.id, d.run_id, d.user_id, d.subject, d.number, d.batch, d.state, d.reason, d.old_password, d.asked_by,
	d.address, d.verifier, d.sealed, d.form, d.password_version, d.issued_at, d.valid_until, d.attempting, d.doubtful,
	d.attempts, d.next_attempt, d.claim, d.claim_until, d.reply_code, d.reply_text, d.accepted_at, d.ended_at, d.changed_at, d.in_at, d.replaced_by, d.opened_at, d.undone, d.remind_at, d.reminded_at, d.updated_at`

// unfinished is the condition for unfinished deliveries of passwords: messages have no user.
// It repeats the index deliveries_unfinished word for word: otherwise SQLite does not use
// that index.
const unfinished = `(state = 'queued' OR state = 'issued' OR state = 'deferred') AND user_id <> ''`

// behind is the condition for deliveries that revoke and wait for ISSUE behind
// another unfinished delivery of their user: rekey.Delivery.Behind.
const behind = `(state = 'held' AND reason = 'already_being_sent')`

// hasRevoked is the condition for deliveries that have ended the old password and
// are not mailed yet: rekey.Delivery.HasRevoked.
const hasRevoked = `(d.old_password = 'revoke' AND (d.state IN ('issued', 'deferred') OR d.state = 'queued' AND d.reason = 'paused'))`

// deliveryDest is where deliveryColumns are scanned to.
func deliveryDest(d *rekey.Delivery) []any {
	return []any{&d.ID, &d.RunID, &d.UserID, &d.Subject, &d.Number, &d.Batch, &d.State, &d.Reason, &d.OldPassword, &d.AskedBy,
		&d.Address, &d.Verifier, &d.Sealed, &d.Form, &d.PasswordVersion, moment{&d.IssuedAt}, moment{&d.ValidUntil}, &d.Attempting, &d.Doubtful,
		&d.Attempts, moment{&d.NextAttempt}, &d.Claim, moment{&d.ClaimUntil}, &d.ReplyCode, &d.ReplyText,
		moment{&d.AcceptedAt}, moment{&d.EndedAt}, moment{&d.ChangedAt}, moment{&d.InAt}, &d.ReplacedBy, moment{&d.OpenedAt}, &d.Undone, moment{&d.RemindAt}, moment{&d.RemindedAt}, moment{&d.UpdatedAt}}
}

func (s Queries) deliveries(ctx context.Context, where string, args ...any) ([]rekey.Delivery, error) {
	return s.deliveriesFrom(ctx, `deliveries d`, where, args...)
}

func (s Queries) deliveriesFrom(ctx context.Context, from, where string, args ...any) ([]rekey.Delivery, error) {
	var list []rekey.Delivery
	err := s.each(ctx, `SELECT `+deliveryColumns+` FROM `+from+` `+where, args, func(r rows) error {
		var d rekey.Delivery
		err := r.Scan(deliveryDest(&d)...)
		list = append(list, d)
		return err
	})
	return list, err
}

// Delivery returns a delivery by its id.
func (s Queries) Delivery(ctx context.Context, id string) (rekey.Delivery, error) {
	list, err := s.deliveries(ctx, `WHERE d.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "Delivery not found.")
	}
	if err != nil {
		return rekey.Delivery{}, err
	}
	return list[0], nil
}

// LastNumber returns the highest number of a user's deliveries in a run, and the
// highest batch of the run; 0 if there is none.
func (s Queries) LastNumber(ctx context.Context, runID, userID, subject string) (number, batch int, err error) {
	err = s.one(ctx, `SELECT COALESCE(MAX(number), 0) FROM deliveries WHERE user_id = $2 AND run_id = $1 AND (user_id <> '' OR subject = $3)`,
		[]any{runID, userID, subject}, &number)
	if err != nil {
		return 0, 0, err
	}
	err = s.one(ctx, `SELECT COALESCE(MAX(batch), 0) FROM deliveries WHERE run_id = $1`, []any{runID}, &batch)
	return number, batch, err
}

// Revokes returns the address of a user whose old password the batch is to revoke,
// a different one each time if possible. It returns "" if there is none, or while
// sending is paused.
func (s Queries) Revokes(ctx context.Context, runID string, batch int) (address string, err error) {
	err = s.one(ctx, `SELECT u.address FROM deliveries d JOIN system_users u ON u.id = d.user_id WHERE d.run_id = $1 AND d.batch = $2
		AND (d.state = 'queued' OR `+behind+`) AND d.old_password = 'revoke' AND `+notPaused+` ORDER BY random() LIMIT 1`, []any{runID, batch}, &address)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return address, err
}

// Claimed reports whether the claim still holds the delivery, and whether sending
// is paused.
func (s Queries) Claimed(ctx context.Context, deliveryID, claim string, now time.Time) (claimed, paused bool, err error) {
	err = s.one(ctx, `SELECT COUNT(*) > 0, NOT `+notPaused+` FROM deliveries WHERE id = $1 AND state = 'issued' AND claim = $2 AND claim_until > $3`,
		[]any{deliveryID, claim, micros(now)}, &claimed, &paused)
	return claimed, paused, err
}

// Form returns a form by its digest.
func (s Queries) Form(ctx context.Context, digest []byte) (content []byte, err error) {
	err = s.one(ctx, `SELECT content FROM forms WHERE digest = $1`, []any{digest}, &content)
	return content, missing(err, "form")
}

// PutForm stores a form if it is not stored yet, and notes the day of its use.
func (tx *Tx) PutForm(ctx context.Context, digest, content []byte, now time.Time) error {
	// ON CONFLICT DO UPDATE would lock the form, which all batches of a run share,
	// although an update is needed only once a day.
	n, err := tx.changes(ctx, `INSERT INTO forms (digest, content, used_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING`,
		digest, content, micros(now))
	if err != nil || n > 0 {
		return err
	}
	return tx.write(ctx, `UPDATE forms SET used_at = $2 WHERE digest = $1 AND used_at < $3`, digest, micros(now), micros(now.Add(-24*time.Hour)))
}
