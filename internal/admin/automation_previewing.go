package admin

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// previewing is a preview in progress. It asks the engine about people, in steps if
// its time is limited.
type previewing struct {
	*Service
	actor      rekey.SystemUser
	automation rekey.Automation
	acts       rekey.Authority // the authority with which the automation acts
	answer     AutomationPreview
	// timed: people are decided on in steps of draftStep until draftTime after start.
	// Otherwise all are decided on together, up to maxPreview if nobody is named.
	timed bool
	start time.Time
	// several: a person asks for all of these people by one event.
	several bool
	seen    map[string]bool // ids, and subjects that name no system user
}

func (s *Service) newPreviewing(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, acts rekey.Authority) previewing {
	return previewing{Service: s, actor: actor, automation: a, acts: acts, answer: AutomationPreview{Warnings: s.Warnings(ctx, a)}}
}

// preparePreview checks a and begins its preview.
func (s *Service) preparePreview(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (begun previewing, p rekey.Problems, err error) {
	if err := mayRead(actor); err != nil {
		return begun, p, err
	}
	if len(subjects) > rekey.MaxEventUsers {
		return begun, p, rekey.NewError(rekey.CodeTooLarge, "An event names at most 10,000 system users.")
	}
	acts, p, err := s.readyForPreview(ctx, actor, &a)
	return s.newPreviewing(ctx, actor, a, acts), p, err
}

// readyForPreview checks an automation and returns whose authority it acts with.
func (s *Service) readyForPreview(ctx context.Context, actor rekey.SystemUser, a *rekey.Automation) (acts rekey.Authority, p rekey.Problems, err error) {
	a.OwnerID, a.BuiltIn = actor.ID, ""
	if a.ID != "" {
		stored, err := s.store.Automation(ctx, a.ID)
		if err != nil {
			return acts, p, err
		}
		a.OwnerID, a.BuiltIn = stored.OwnerID, stored.BuiltIn
	}
	if a.Name == "" {
		a.Name = "Preview"
	}
	checkContent(&p, a, true)
	if err := s.checkReferences(ctx, s.store.Queries, &p, actor, a, true); err != nil {
		return acts, p, err
	}
	if a.BuiltIn == BuiltInSend {
		return actor.Authority(), p, nil // as if the actor had asked
	}
	acts, err = owner(ctx, s.store.Queries, a.OwnerID)
	return acts, p, err
}

// run previews the automation without a limit of time. An incomplete automation is an
// error.
func (p *previewing) run(ctx context.Context, subjects []string) (AutomationPreview, error) {
	if err := p.answer.due(p.automation, p.now()); err != nil {
		return p.answer, err
	}
	err := p.decideAll(ctx, subjects)
	return p.answer, blamed(err)
}

// decideAll decides on those whom the automation would reach if an event named
// subjects; with none, on everybody whom the actor may view.
func (p *previewing) decideAll(ctx context.Context, subjects []string) (err error) {
	p.answer.Previewed, p.seen = true, map[string]bool{}
	given := p.automation.SendParams()
	event, _ := rekey.FindEventType(p.automation.EventType)
	if !p.automation.SendsPasswords() {
		_, err := p.decide(ctx, nil)
		p.answer.Complete = err == nil
		return err
	}
	p.answer.Ceiling = given.CeilingFor(p.automation, p.automation.AskedBy(event))
	if p.answer.Lately, err = p.store.ReachedLately(ctx, p.automation.ID, p.now()); err != nil {
		return err
	}
	switch {
	case given.SystemUser != "":
		subjects = []string{given.SystemUser}
	case given.EverybodyInSelection:
		subjects = nil
	case len(subjects) == 0 && p.automation.EventFilter.User != "":
		subjects = []string{p.automation.EventFilter.User}
	}
	if len(subjects) == 0 {
		return p.everybody(ctx)
	}
	if subjects, p.answer.Hidden, err = p.viewable(ctx, p.actor, subjects); err != nil {
		return err
	}
	step := max(1, len(subjects))
	if p.timed {
		step = draftStep
	}
	for part := range slices.Chunk(subjects, step) {
		if over, err := p.decide(ctx, part); over || err != nil {
			return err
		}
	}
	p.answer.Complete = true
	return nil
}

// everybody decides on all whom the actor may view.
func (p *previewing) everybody(ctx context.Context) error {
	var ids []string
	q := rekey.UserQuery{MaxRank: p.actor.Authority().Rank, Limit: MaxPage}
	if p.timed {
		q.Limit = draftStep
	}
	for {
		users, err := p.store.Users(ctx, q)
		if err != nil {
			return err
		}
		for _, u := range users {
			ids = append(ids, u.ID)
			q.After = u.ID
		}
		last, full := len(users) < q.Limit, !p.timed && len(ids) >= maxPreview
		if p.timed || last || full {
			if over, err := p.decide(ctx, ids); over || full && !last || err != nil {
				return err
			}
			ids = nil
		}
		if last {
			p.answer.Complete = true
			return nil
		}
	}
}

// viewable leaves out those whom the actor may not view, and counts them. No
// condition is calculated for them either: an automation of a higher owner acts with
// that authority, so the time it takes would reveal something about them.
func (s *Service) viewable(ctx context.Context, actor rekey.SystemUser, subjects []string) (seen []string, hidden int, err error) {
	found, err := s.store.FindUsers(ctx, subjects)
	if err != nil {
		return nil, 0, err
	}
	above := map[string]bool{}
	for _, subject := range subjects {
		if u, known := found[subject]; known && !actor.Authority().MayView(u) {
			above[u.ID] = true
		} else {
			seen = append(seen, subject)
		}
	}
	return seen, len(above), nil
}

// decide asks the engine about subjects. If timed, it does not ask if the time is
// over, or would be if these people took as long as the earlier ones.
func (p *previewing) decide(ctx context.Context, subjects []string) (over bool, err error) {
	if p.timed {
		spent, n := p.now().Sub(p.start), p.answer.LookedAt
		if spent >= draftTime || n > 0 && spent+spent*draftStep/time.Duration(n) > draftTime {
			return true, nil
		}
	}
	preview := p.runner.Preview
	if p.several {
		preview = p.runner.PreviewSeveral
	}
	decisions, err := preview(ctx, p.automation, p.acts, subjects)
	if err != nil {
		return false, err
	}
	for _, d := range decisions {
		key := d.User.ID
		if key == "" {
			key = d.Subject
		}
		if !p.seen[key] {
			p.seen[key] = true
			if !p.automation.SendsPasswords() && !p.actor.Authority().MayView(d.User) && !slices.Contains(p.automation.NotifyParams().Recipients, d.User.ID) {
				d.User, d.Reason = rekey.SystemUser{}, "" // it was given as an address outside, and looks like one
			}
			p.answer.add(p.actor, d)
			p.answer.LookedAt++
		}
	}
	return false, nil
}
