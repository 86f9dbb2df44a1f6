package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey"
)

// ErrCalculation marks an error that ends a whole calculation of a selection:
// it does not compile any more, or has used up its budget.
var ErrCalculation = errors.New("the selection could not be calculated")

// Decision is whether one candidate gets a new password.
type Decision struct {
	// Subject is the id or address that the event or the job named.
	Subject string
	// User is the zero value if Subject is nobody's.
	User rekey.SystemUser
	// Reason is why not; "" means that they get one.
	Reason rekey.Reason
}

// Preview decides who would get a new password if the event happened now and
// named these people. It changes nothing.
func (e *Engine) Preview(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]Decision, error) {
	eventType, ok := rekey.FindEventType(a.EventType)
	if !ok {
		return nil, rekey.Invalid("event_type", "Choose an event type from the catalogue.")
	}
	p, err := sendParamsOf(a, eventType)
	if err != nil {
		return nil, err
	}
	if p.SystemUser != "" {
		subjects = []string{p.SystemUser}
	}
	x := Execution{Run: rekey.Run{AskedBy: askedBy(a, eventType)}, Automation: a, Authority: authority, Poster: rekey.SystemAuthority()}
	return e.decide(ctx, x, p, subjects)
}

// decide looks the candidates up, each person once, and puts each through the
// checks.
func (e *Engine) decide(ctx context.Context, x Execution, p SendParams, subjects []string) ([]Decision, error) {
	now := e.now()
	found, err := e.store.FindUsers(ctx, subjects)
	if err != nil {
		return nil, fmt.Errorf("find candidates: %w", err)
	}
	selected, err := e.selected(ctx, x.Automation, now)
	if err != nil {
		return nil, err
	}
	var decisions []Decision
	var ids []string
	seen := map[string]bool{}
	for _, subject := range subjects {
		user, known := found[subject]
		key := user.ID
		if !known {
			key = subject
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		decisions = append(decisions, Decision{Subject: subject, User: user})
		if known {
			ids = append(ids, user.ID)
		}
	}
	histories, err := e.store.Histories(ctx, ids, now)
	if err != nil {
		return nil, fmt.Errorf("read what candidates were sent: %w", err)
	}
	left, err := administrators(ctx, e.store, p.OldPassword)
	if err != nil {
		return nil, fmt.Errorf("read who administers: %w", err)
	}
	for i := range decisions {
		d := &decisions[i]
		c := check{user: d.User, params: p, authority: x.Authority, poster: x.Poster, asked: x.Run.AskedBy,
			history: histories[d.User.ID], administrators: left, now: now}
		d.Reason = c.guards()
		if d.Reason == "" {
			if d.Reason, err = selected(d.User); err != nil {
				return nil, err
			}
		}
		if d.Reason == "" {
			d.Reason = c.limits()
		}
		if d.Reason == "" {
			left = without(left, d.User.ID) // of those decided on together, too
		}
	}
	return decisions, nil
}

// selected returns the check of the automation's selection. A selection that
// cannot be evaluated for somebody keeps them out.
func (e *Engine) selected(ctx context.Context, a rekey.Automation, now time.Time) (func(rekey.SystemUser) (rekey.Reason, error), error) {
	if a.SelectionID == "" {
		return func(rekey.SystemUser) (rekey.Reason, error) { return "", nil }, nil
	}
	selection, err := e.store.Selection(ctx, a.SelectionID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil, fmt.Errorf("%w: it does not exist any more", ErrCalculation)
	}
	if err != nil {
		return nil, err
	}
	match, err := e.selector.Compile(selection.Expression)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCalculation, err)
	}
	return func(u rekey.SystemUser) (rekey.Reason, error) {
		in, err := match(u, now)
		switch {
		case errors.Is(err, ErrCalculation):
			return "", err
		case err != nil:
			return rekey.ReasonNotEvaluated, nil //nolint:nilerr // the reason is what is recorded of it
		case !in:
			return rekey.ReasonNotSelected, nil
		default:
			return "", nil
		}
	}, nil
}
