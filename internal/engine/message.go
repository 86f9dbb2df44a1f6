package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"rekey"
)

// Limits of messages.
const (
	maxMessages = 6                  // to one address in an hour
	maxInDigest = 20                 // in one mail
	maxText     = 48 << 10           // bytes, from which on a mail takes no other message along
	maxLooked   = 25 * rekey.MaxTold // people of an event among whom those to be named are searched
)

// carriedAgain is when a message looks what became of the mail that tells it.
const carriedAgain = time.Minute

// issueMessage takes a message to its attempt or to its end.
//
// A message beyond the sixth in an hour waits, queued, until the address may get another
// one. The next message to that address that is begun takes along others that wait, of all
// runs. Their texts stand in its mail, and they note whose mail that is. They stay queued
// until it is known what became of it. If it was accepted, they end as told. Otherwise they
// go on as before, so no message is lost with another one.
//
//	waits ──a mail takes it along──► waits for that mail ──accepted──► superseded: told
//	  ▲                                     │
//	  └──────────── it ended otherwise ◄────┘
func (i *issuing) issueMessage(ctx context.Context, w Work) error {
	d := w.Delivery
	fresh, lastAt := d.State == rekey.DeliveryQueued, d.UpdatedAt
	d.UpdatedAt = i.now
	if fresh && d.ReplacedBy != "" {
		settled, err := i.carried(ctx, &d)
		if settled || err != nil {
			i.written = append(i.written, d)
			return err
		}
	}
	reason := i.stop.reason
	if reason == "" {
		reason = i.barsMessage(i.x, d.Subject, w.User)
	}
	if d, ended := i.ended(d, reason, fresh, false); ended {
		i.written = append(i.written, d)
		return nil
	}
	if !fresh {
		return i.again(ctx, d, lastAt)
	}
	begun, waiting, err := i.tx.MessagesTo(ctx, d.Subject, i.now.Add(-time.Hour), maxInDigest)
	if err != nil {
		return err
	}
	if len(begun) >= maxMessages {
		d.Reason, d.NextAttempt = rekey.ReasonDigest, begun[len(begun)-maxMessages].Add(time.Hour)
		i.written = append(i.written, d)
		return nil
	}
	digest, err := i.digest(ctx, d, w.User, waiting)
	if err != nil {
		return i.fail(d, err)
	}
	if d.Form, err = i.form(ctx, digest); err != nil {
		return i.fail(d, err)
	}
	d.Address, d.IssuedAt = cmp.Or(w.User.Address, d.Subject), i.now
	return i.again(ctx, d, lastAt)
}

// carried looks what became of the mail that tells a message, and reports whether that
// settles it for now.
func (i *issuing) carried(ctx context.Context, d *rekey.Delivery) (settled bool, err error) {
	carrier, err := i.tx.Delivery(ctx, d.ReplacedBy)
	switch {
	case unlessGone(err) != nil:
		return false, err
	case carrier.State.Unfinished():
		d.NextAttempt = later(carrier.NextAttempt, i.now).Add(carriedAgain)
		return true, nil
	case !carrier.AcceptedAt.IsZero():
		d.State, d.Reason, d.ReplacedBy = rekey.DeliverySuperseded, rekey.ReasonInDigest, carrier.RunID
		return true, nil
	default:
		d.ReplacedBy = ""
		return false, nil
	}
}

// digest returns the mail for a message and those that it takes along.
func (i *issuing) digest(ctx context.Context, d rekey.Delivery, u rekey.SystemUser, waiting []rekey.Delivery) (Occasion, error) {
	subject, text, err := i.tell(ctx, i.x)
	if err != nil {
		return Occasion{}, err
	}
	n := 1
	for _, other := range waiting {
		if other.ID == d.ID || n == maxInDigest || len(text) > maxText {
			continue
		}
		run, err := i.tx.Run(ctx, other.RunID)
		if err != nil {
			return Occasion{}, err
		}
		x, stop, err := i.load(ctx, i.tx, run)
		if err != nil {
			return Occasion{}, err
		}
		if stop.reason != "" || x.Run.Trial || i.barsMessage(x, d.Subject, u) != "" {
			continue // it ends in its own turn, with its reason
		}
		_, its, err := i.tell(ctx, x)
		if _, own := errors.AsType[*issueError](err); own {
			continue // it fails in its own turn
		}
		if err != nil {
			return Occasion{}, err
		}
		text += "\n\n——————————\n\n" + its
		n++
		other.ReplacedBy, other.NextAttempt, other.UpdatedAt = d.ID, i.now.Add(carriedAgain), i.now
		i.written = append(i.written, other)
	}
	if n > 1 {
		subject += " (" + strconv.Itoa(n) + ")"
	}
	return Occasion{Message: true, Subject: subject, Text: text}, nil
}

// again begins an attempt for a message that has its mail.
func (i *issuing) again(ctx context.Context, d rekey.Delivery, lastAt time.Time) error {
	a, err := i.attempt(ctx, d, lastAt)
	if err != nil {
		return i.fail(d, err)
	}
	i.begun(a)
	return nil
}

// tell returns the message of a run with the facts of its event. The error is an issueError if
// the automation no longer says what to tell.
func (i *issuing) tell(ctx context.Context, x Execution) (subject, text string, err error) {
	p, err := rekey.ParseNotifyParams(x.Automation.JobParams)
	zone, unknown := rekey.LoadZone(x.Automation.TimeZone)
	if err = cmp.Or(err, unknown); err != nil {
		return "", "", &issueError{rekey.ReasonBadParameters, err}
	}
	t := rekey.Told{Event: cmp.Or(x.Event.Name, x.EventType.Label), At: x.Event.Time.In(zone), Automation: x.Automation.Name, Count: len(x.Event.Users)}
	if t.People, err = i.toName(ctx, x); err != nil {
		return "", "", err
	}
	subject, text = p.Fill(t)
	return subject, text, nil
}

// toName returns the people of an event whom a message of its run names, a line each.
func (i *issuing) toName(ctx context.Context, x Execution) (lines []string, err error) {
	for part := range slices.Chunk(x.Event.Users[:min(len(x.Event.Users), maxLooked)], rekey.MaxTold) {
		found, err := i.tx.FindUsers(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, subject := range part {
			u := found[subject]
			line := rekey.Line(u)
			if u.ID == "" || !x.mayView(u) || slices.Contains(lines, line) {
				continue
			}
			if lines = append(lines, line); len(lines) == rekey.MaxTold {
				return lines, nil
			}
		}
	}
	return lines, nil
}
