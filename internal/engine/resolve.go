package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey"
)

// ErrCalculation marks an error that ends the whole calculation of a selection: it
// no longer compiles, or its budget is used up.
var ErrCalculation = errors.New("the selection could not be calculated")

// Decision says whether one candidate gets a new password.
type Decision struct {
	// Subject is the id or address that the event or the job named.
	Subject string
	// User is the zero value if Subject names no system user.
	User rekey.SystemUser
	// Reason says why they get none; "" means that they get one.
	Reason rekey.Reason
	// OldPassword is what happens to their old password.
	OldPassword rekey.OldPassword
	// Caller: a Hybrid user who calls the API by password gets a new one anyway,
	// because it was asked for in person. They are warned, and their old password
	// is kept, whatever the job says.
	Caller bool
}

// Preview decides who would get a new password if the event happened now and
// named these people, or which of its recipients would get a message. It changes nothing.
func (e *Engine) Preview(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]Decision, error) {
	return e.preview(ctx, a, authority, subjects, nil)
}

// PreviewSeveral is Preview for one event that names all these people, so that the limits
// of a run by hand for several people are checked, too.
func (e *Engine) PreviewSeveral(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]Decision, error) {
	return e.preview(ctx, a, authority, subjects, subjects)
}

func (e *Engine) preview(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects, users []string) ([]Decision, error) {
	eventType, ok := rekey.FindEventType(a.EventType)
	if !ok {
		return nil, rekey.Invalid("event_type", "Choose an event type from the catalogue.")
	}
	x := Execution{Run: rekey.Run{AskedBy: a.AskedBy(eventType)}, Event: rekey.Event{Users: users}, Automation: a, Authority: authority}
	if !a.SendsPasswords() {
		return e.recipients(ctx, x, a.NotifyParams().Recipients)
	}
	p, err := sendParams(a, eventType)
	if err != nil {
		return nil, err
	}
	if p.SystemUser != "" {
		subjects = []string{p.SystemUser}
	} else if p.UseEventParameter {
		x.Named = named(subjects)
	}
	decisions, _, err := e.decide(ctx, judging{x: x, params: p}, subjects, map[string]bool{})
	return decisions, err
}

// judging is what the checks of an execution need to know.
type judging struct {
	x      Execution
	params rekey.SendParams
	spent  uint64 // by the selection, before
}

// decide looks up the candidates, each person once, and puts them through the
// checks. seen holds the people decided on before; decide adds the new ones. It
// returns what the selection has spent.
func (e *Engine) decide(ctx context.Context, j judging, subjects []string, seen map[string]bool) ([]Decision, uint64, error) {
	found, err := e.store.FindUsers(ctx, subjects)
	if err != nil {
		return nil, 0, fmt.Errorf("find candidates: %w", err)
	}
	var decisions []Decision
	for _, subject := range subjects {
		user := found[subject]
		key := identity(subject, user)
		if seen[key] {
			continue
		}
		seen[key] = true
		decisions = append(decisions, Decision{Subject: subject, User: user})
	}
	spent, err := e.judge(ctx, j, decisions)
	return decisions, spent, err
}

// identity is the same for an id and an address that name the same user.
func identity(subject string, user rekey.SystemUser) string {
	if user.ID == "" {
		return subject
	}
	return user.ID
}

// judge puts candidates through the checks and sets their reasons. It reads
// histories only for candidates that pass all other checks: in a large run most may
// not be in the selection.
func (e *Engine) judge(ctx context.Context, j judging, decisions []Decision) (spent uint64, err error) {
	now := e.now()
	selected, calculation, err := e.selected(ctx, j, now)
	if err != nil {
		return 0, err
	}
	var ids []string
	for i := range decisions {
		d := &decisions[i]
		c := j.check(*d, now)
		d.OldPassword, d.Caller = c.oldPassword(), c.callerInPerson()
		if d.Reason = c.guards(); d.Reason == "" {
			if d.Reason, err = selected(c.selectedAs()); err != nil {
				return 0, err
			}
		}
		if d.Reason == "" {
			ids = append(ids, d.User.ID)
		}
	}
	if spent = j.spent; calculation != nil {
		spent = calculation.Spent()
	}
	if len(ids) == 0 {
		return spent, nil
	}
	histories, err := e.store.Histories(ctx, ids, trialOf(j.x.Run), j.x.Event.AgainOf, now)
	if err != nil {
		return 0, fmt.Errorf("read what candidates were sent: %w", err)
	}
	left, err := administrators(ctx, e.store, j.params.OldPassword)
	if err != nil {
		return 0, fmt.Errorf("read who administers: %w", err)
	}
	for i := range decisions {
		d := &decisions[i]
		if d.Reason != "" {
			continue
		}
		c := j.check(*d, now)
		c.history, c.administrators = histories[d.User.ID], left
		if d.Reason = c.limits(); d.Reason == "" {
			left = without(left, d.User.ID) // of those decided on together, too
		}
	}
	return spent, nil
}

// check returns what is known about a candidate, without their history.
func (j judging) check(d Decision, now time.Time) check {
	return check{user: d.User, params: j.params, authority: j.x.Authority, others: j.x.Others, chained: j.x.chained(), asked: j.x.Run.AskedBy,
		named: j.x.Named[d.Subject], several: j.x.several(), again: j.x.Event.AgainOf != "", stranger: j.x.EventType.SetOffByStranger, now: now}
}

// selected returns a function that checks the automation's selection, and the
// calculation, which counts the cost; nil without a selection. If the selection
// cannot be evaluated for a user, they are kept out.
func (e *Engine) selected(ctx context.Context, j judging, now time.Time) (func(rekey.SystemUser) (rekey.Reason, error), Calculation, error) {
	id := j.x.Automation.SelectionID
	if id == "" {
		return func(rekey.SystemUser) (rekey.Reason, error) { return "", nil }, nil, nil
	}
	selection, err := e.store.Selection(ctx, id)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil, nil, fmt.Errorf("%w: it does not exist any more", ErrCalculation)
	}
	if err != nil {
		return nil, nil, err
	}
	calculation, err := e.selector.Compile(selection.Expression, j.spent)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrCalculation, err)
	}
	return func(u rekey.SystemUser) (rekey.Reason, error) {
		in, err := calculation.Match(u, now)
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
	}, calculation, nil
}
