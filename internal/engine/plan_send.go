package engine

import (
	"context"
	"strconv"

	"rekey"
)

// planSend plans who gets a new password, and why others do not.
func planSend(ctx context.Context, e *Engine, x Execution) (Plan, error) {
	p, err := x.sendParams()
	if err != nil {
		return Plan{}, err
	}
	if reason := p.Refuses(x.Event); reason != "" {
		return Plan{}, &RefusalError{reason}
	}
	s := sending{Engine: e, x: x, params: p}
	plan := Plan{Ceiling: x.ceiling(p), Waves: x.waves(p), Revokes: p.OldPassword == rekey.RevokeAtOnce, Again: s.recheck}
	if p.EverybodyInSelection {
		if x.Automation.SelectionID == "" {
			return Plan{}, rekey.Invalid("selection_id", "'Everybody in the selection' needs a selection.")
		}
		plan.Part = s.everybody
		if x.Run.StartedAt.IsZero() {
			plan.Candidates, err = e.store.CountUsersUpTo(ctx, x.Authority.Rank)
		}
		return plan, err
	}
	subjects := x.Event.Users
	if p.SystemUser != "" {
		subjects = []string{p.SystemUser}
	}
	plan.Candidates = len(subjects)
	plan.Part, err = s.named(ctx, subjects)
	return plan, err
}

// sending is a run of Send New Password that is being planned.
type sending struct {
	*Engine

	x      Execution
	params rekey.SendParams
}

// named looks at the people whom the event or the job names. A large event may name
// a person twice, in different parts, so all identities are looked up beforehand.
func (s sending) named(ctx context.Context, subjects []string) (func(context.Context, string, uint64) (Part, error), error) {
	identities := subjects
	if len(subjects) > planStep {
		found, err := s.store.FindUsers(ctx, subjects)
		if err != nil {
			return nil, err
		}
		identities = make([]string, len(subjects))
		for i, subject := range subjects {
			identities[i] = identity(subject, found[subject])
		}
	}
	return func(ctx context.Context, place string, spent uint64) (Part, error) {
		begin := 0
		if place != "" {
			var err error
			if begin, err = strconv.Atoi(place); err != nil || begin < 0 || begin > len(subjects) {
				return Part{}, rekey.Invalid("place", "The run was planned up to where there is nobody.")
			}
		}
		end := min(len(subjects), begin+planStep)
		seen := make(map[string]bool, end)
		for _, key := range identities[:begin] {
			seen[key] = true
		}
		decisions, spent, err := s.decide(ctx, s.judging(spent), subjects[begin:end], seen)
		if err != nil {
			return Part{}, err
		}
		part := Part{Looked: end - begin, Place: strconv.Itoa(end), Last: end == len(subjects), Spent: spent}
		for _, d := range decisions {
			part.Deliveries = append(part.Deliveries, s.delivery(d))
		}
		return part, nil
	}, nil
}

// everybody looks at all system users whom the run's authority may view. Those who
// simply do not match are only counted.
func (s sending) everybody(ctx context.Context, place string, spent uint64) (Part, error) {
	users, err := s.store.UsersAfter(ctx, place, s.x.Authority.Rank, planStep)
	if err != nil || len(users) == 0 {
		return Part{Place: place, Last: true, Spent: spent}, err
	}
	decisions := make([]Decision, 0, len(users))
	for _, u := range users {
		if began := s.x.Run.StartedAt; began.IsZero() || !u.CreatedAt.After(began) { // who comes later was not counted
			decisions = append(decisions, Decision{Subject: u.ID, User: u})
		}
	}
	part := Part{Looked: len(users), Place: users[len(users)-1].ID, Last: len(users) < planStep, Passed: map[Passed]int{}}
	if part.Spent, err = s.judge(ctx, s.judging(spent), decisions); err != nil {
		return Part{}, err
	}
	for _, d := range decisions {
		switch d.Reason {
		case rekey.ReasonBlocked, rekey.ReasonProtected, rekey.ReasonImportOnly, rekey.ReasonNeedsOld, rekey.ReasonAPIUser, rekey.ReasonNotOwners, rekey.ReasonNotPosters, rekey.ReasonNotChains, rekey.ReasonNotSelected, rekey.ReasonNotEvaluated:
			part.Passed[Passed{d.Reason, d.User.Role.Rank()}]++
		default:
			part.Deliveries = append(part.Deliveries, s.delivery(d))
		}
	}
	return part, nil
}

// recheck puts held deliveries through all checks a second time.
func (s sending) recheck(ctx context.Context, held []rekey.Delivery, spent uint64) (Part, error) {
	ids := make([]string, len(held))
	for i, d := range held {
		ids[i] = d.UserID
	}
	found, err := s.store.FindUsers(ctx, ids)
	if err != nil {
		return Part{}, err
	}
	decisions := make([]Decision, len(held))
	for i, d := range held {
		decisions[i] = Decision{Subject: d.Subject, User: found[d.UserID]}
	}
	part := Part{Deliveries: held}
	if part.Spent, err = s.judge(ctx, s.judging(spent), decisions); err != nil {
		return Part{}, err
	}
	for i := range held {
		if s.x.in(decisions[i].User, s.params) {
			decisions[i].Reason = rekey.ReasonIn
		}
		held[i].State, held[i].Reason = rekey.DeliveryQueued, decisions[i].Reason
		if decisions[i].OldPassword == rekey.KeepUntilChanged { // a caller by now, see check
			held[i].OldPassword = rekey.KeepUntilChanged
		}
		if held[i].Reason != "" {
			held[i].State = rekey.DeliverySkipped
		}
	}
	return part, nil
}

// waves are those of the run; a trial has none, because it sends nothing.
func (x Execution) waves(p rekey.SendParams) rekey.Waves {
	if x.Run.Trial {
		return rekey.Waves{}
	}
	return p.WavesFor(x.Automation, x.Run.AskedBy)
}

// in reports whether a user has chosen a password while they waited for their wave.
func (x Execution) in(u rekey.SystemUser, p rekey.SendParams) bool {
	return !x.waves(p).IsZero() && u.Status == rekey.UserActive && u.PasswordChangedAt.After(x.Run.StartedAt)
}

func (s sending) judging(spent uint64) judging {
	return judging{x: s.x, params: s.params, spent: spent}
}

func (s sending) delivery(decision Decision) rekey.Delivery {
	d := rekey.Delivery{
		UserID:      decision.User.ID,
		Subject:     decision.Subject,
		State:       rekey.DeliveryQueued,
		Reason:      decision.Reason,
		OldPassword: decision.OldPassword,
	}
	if d.Reason != "" {
		d.State = rekey.DeliverySkipped
	}
	return d
}
