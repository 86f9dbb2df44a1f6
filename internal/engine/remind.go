package engine

import (
	"context"
	"time"

	"rekey"
)

// remind makes the notices of the reminders that are due. The notice of a reminder has the
// id of its delivery.
func (e *Engine) remind(ctx context.Context, tx Tx) (int, error) {
	due, err := tx.Lost(ctx, TaskRemind, e.now(), e.now(), sweepLimit)
	tx.Enqueue(due...)
	return len(due), err
}

// beginReminder ends the notice of a reminder before its mail is sent, in the transaction
// that claims the notice. So whatever happens after the commit, the mail is sent at most
// once. It reports whether the reminder was begun: it may not be needed any more, or must
// wait.
func (e *Engine) beginReminder(ctx context.Context, tx Tx, n *QueuedNotice) (begun bool, err error) {
	now := e.now()
	until, needed, err := e.reminder(ctx, tx, *n, now)
	switch {
	case err != nil:
		return false, err
	case !needed:
		n.EndedAt = now
	case until.After(now):
		n.NextAt = until
	default:
		n.EndedAt, n.Delivery.RemindedAt = now, now
		begun = true
	}
	return begun, tx.PutNotice(ctx, *n)
}

// reminder reports whether a reminder is still needed, and until when it has to wait: for
// the hours of an execution day, or for the mail server.
func (e *Engine) reminder(ctx context.Context, tx Tx, n QueuedNotice, now time.Time) (until time.Time, needed bool, err error) {
	d := n.Delivery
	if !d.Waiting(now) || !d.RemindedAt.IsZero() {
		return until, false, nil
	}
	run, err := tx.Run(ctx, d.RunID)
	if err != nil || run.Undone() {
		return until, false, unlessGone(err)
	}
	automation, err := tx.Automation(ctx, run.AutomationID)
	if err != nil || automation.SendParams().Remind == "" {
		return until, false, unlessGone(err)
	}
	reader, err := tx.User(ctx, d.UserID)
	if err != nil || reader.Status != rekey.UserActive || reader.Directory.Bars(now) != "" || rekey.AddressKey(n.Address) != reader.AddressKey {
		return until, false, unlessGone(err)
	}
	histories, err := tx.Histories(ctx, []string{d.UserID}, "", "", now)
	if err != nil || !histories[d.UserID].mayRemind() {
		return until, false, err
	}
	zone, err := rekey.LoadZone(automation.TimeZone)
	if err != nil {
		return until, false, nil //nolint:nilerr // without a zone there are no hours to keep
	}
	until = later(automation.TimeFrame.Move(now, zone), e.mailer.Down(now))
	return until, true, nil // once the password has expired, it is not needed any more
}

// mayRemind reports whether a reminder may be sent: no other password is on its way, and the
// user was not sent three mails in 24 hours that they did not ask for.
func (h History) mayRemind() bool {
	return !h.Unfinished && h.SentInDay+h.StrangersInDay < maxInDay
}
