package store

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/password"
)

// mayBeLive is the condition for deliveries whose mailed password may be live. The
// rules of rekey.Delivery decide whether it is.
const mayBeLive = `d.issued_at > 0 AND d.ended_at = 0 AND d.verifier <> ''`

// Credential returns what a system user can log in with. It runs the same
// statements if there is no such user, because log-in also asks for unknown
// addresses.
func (s Queries) Credential(ctx context.Context, userID string) (rekey.Credential, error) {
	var c rekey.Credential
	missed := s.one(ctx, `SELECT chosen FROM system_users WHERE id = $1`, []any{userID}, &c.Chosen)
	list, err := s.deliveries(ctx, `WHERE d.user_id = $1 AND `+mayBeLive, userID)
	if missed != nil {
		return rekey.Credential{}, missing(missed, "system user")
	}
	c.Mailed = list
	return c, err
}

// CompleteChange sets the chosen password and ends every mailed one with its
// delivery. It raises the password version, which ends the user's sessions. A
// queued or held delivery has no password yet and stays: perhaps it exists because
// an attacker knows the old password and makes this change. via is the delivery
// whose password opened the page, or "".
func (tx *Tx) CompleteChange(ctx context.Context, userID, via, verifier string, now time.Time) error {
	if err := tx.completeChange(ctx, userID, via, verifier, now); err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO password_history (user_id, set_at, verifier) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, set_at) DO UPDATE SET verifier = excluded.verifier`, userID, micros(now), verifier)
}

// CompleteChangeInDirectory is CompleteChange for a password that was set in the user's
// directory. token is the one that the directory has for it now.
func (tx *Tx) CompleteChangeInDirectory(ctx context.Context, userID, via, token string, now time.Time) error {
	if err := tx.completeChange(ctx, userID, via, rekey.ChosenInDirectory, now); err != nil {
		return err
	}
	return tx.write(ctx, `UPDATE system_users SET directory_token = $2 WHERE id = $1`, userID, token)
}

func (tx *Tx) completeChange(ctx context.Context, userID, via, verifier string, now time.Time) error {
	err := tx.write(ctx, `UPDATE deliveries SET changed_at = $2 WHERE id = $1`, via, micros(now))
	if err != nil {
		return err
	}
	if err := tx.arrived(ctx, via, now); err != nil {
		return err
	}
	chosen := func(state rekey.DeliveryState) outcome {
		if state == rekey.DeliverySent {
			return outcome{state: rekey.DeliveryDone}
		}
		return outcome{rekey.DeliveryCancelled, rekey.ReasonChosenMeanwhile}
	}
	err = tx.end(ctx, chosen, now, mayBeLive+` AND d.user_id = $1`, userID)
	if err != nil {
		return err
	}
	if err := tx.noteIn(ctx, userID, now); err != nil {
		return err
	}
	return tx.write(ctx, `UPDATE system_users SET chosen = $2, password_changed_at = $3, password_version = password_version + 1,
		unused_before = 0, strangers_before = 0 WHERE id = $1`, userID, verifier, micros(now))
}

// arrived notes that a delivery's password was used. So its mail was sent, even if
// the acceptance is not on record.
func (tx *Tx) arrived(ctx context.Context, deliveryID string, now time.Time) error {
	if deliveryID == "" {
		return nil
	}
	arriving, err := tx.places(ctx, `d.id = $1 AND d.state IN ('issued', 'deferred')`, deliveryID)
	for _, p := range arriving {
		tx.moved(p.runID, p.outcome, outcome{state: rekey.DeliverySent}, 1, now)
		tx.left(p, now)
		err = tx.write(ctx, `UPDATE deliveries SET state = 'sent', reason = '', accepted_at = $2 WHERE id = $1`, p.id, micros(now))
	}
	return err
}

// Rehash replaces the verifier of the chosen password by one with higher
// parameters, if the password is still the same.
func (tx *Tx) Rehash(ctx context.Context, userID, old, verifier string) error {
	return tx.write(ctx, `UPDATE system_users SET chosen = $3 WHERE id = $1 AND chosen = $2`, userID, old, verifier)
}

// PasswordHistory returns the passwords that the user chose since a moment, newest
// first.
func (s Queries) PasswordHistory(ctx context.Context, userID string, since time.Time) ([]password.Past, error) {
	var list []password.Past
	err := s.each(ctx, `SELECT verifier, set_at FROM password_history WHERE user_id = $1 AND set_at >= $2 ORDER BY set_at DESC`,
		[]any{userID, micros(since)}, func(r rows) error {
			var past password.Past
			if err := r.Scan(&past.Verifier, moment{&past.SetAt}); err != nil {
				return err
			}
			list = append(list, past)
			return nil
		})
	return list, err
}

// EndMailed ends every mailed password of a user and cancels their unfinished
// deliveries. It is for users who are blocked or deleted, or whose address changes.
func (tx *Tx) EndMailed(ctx context.Context, userID string, reason rekey.Reason, now time.Time) error {
	return tx.end(ctx, func(state rekey.DeliveryState) outcome {
		if state == rekey.DeliverySent {
			return outcome{rekey.DeliverySuperseded, reason}
		}
		return outcome{rekey.DeliveryCancelled, reason}
	}, now, `d.user_id = $1 AND (d.state IN ('queued', 'issued', 'deferred', 'sent') OR `+behind+` OR `+mayBeLive+`)`, userID)
}

// end ends the mailed passwords of deliveries. Unfinished and sent deliveries get a
// new outcome. The others keep theirs, and its time.
func (tx *Tx) end(ctx context.Context, to func(rekey.DeliveryState) outcome, now time.Time, where string, args ...any) error {
	ending, err := tx.places(ctx, where, args...)
	if err != nil {
		return err
	}
	for _, p := range ending {
		from := p.outcome
		if from.state.Unfinished() || from.state == rekey.DeliverySent || from.state == rekey.DeliveryHeld {
			tx.left(p, now)
			p.outcome = to(from.state)
			tx.moved(p.runID, from, p.outcome, 1, now)
		}
		err := tx.write(ctx, `UPDATE deliveries SET verifier = '', sealed = NULL, claim = '', ended_at = $2,
			updated_at = CASE WHEN state = $3 THEN updated_at ELSE $2 END, state = $3, reason = $4 WHERE id = $1`,
			p.id, micros(now), string(p.state), string(p.reason))
		if err != nil {
			return err
		}
	}
	return nil
}

// Revoke ends the chosen password, tokens and mailed passwords of users, except the
// delivery of each that is being issued. It raises their password version, which
// ends their sessions. users maps user ids to delivery ids.
func (tx *Tx) Revoke(ctx context.Context, users map[string]string, now time.Time) error {
	for userID, keep := range users {
		err := tx.end(ctx, func(state rekey.DeliveryState) outcome {
			if state.Unfinished() {
				return outcome{rekey.DeliverySuperseded, rekey.ReasonReplacedUnsent}
			}
			return outcome{rekey.DeliverySuperseded, rekey.ReasonRevoked}
		}, now, mayBeLive+` AND d.user_id = $1 AND d.id <> $2`, userID, keep)
		if err != nil {
			return err
		}
		if err := tx.DeleteTokens(ctx, userID); err != nil {
			return err
		}
		err = tx.write(ctx, `UPDATE system_users SET chosen = '', password_version = password_version + 1 WHERE id = $1`, userID)
		if err != nil {
			return err
		}
	}
	return nil
}
