package admin

import (
	"context"
	"time"

	"rekey"
)

// look is a preview in progress. It asks the engine about people, step by step.
type look struct {
	*Service
	actor      rekey.SystemUser
	automation rekey.Automation
	acts       rekey.Authority // the authority with which the automation acts
	preview    AutomationPreview
	// step is how many people are decided on together; 0 means all, up to maxPreview
	// if nobody is named. With a step, the look ends draftTime after start.
	step  int
	start time.Time
	seen  map[string]bool // ids, and subjects that name no system user
}

// lookFor checks a, and returns what its preview for the actor begins with.
func (s *Service) lookFor(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (l look, p rekey.Problems, err error) {
	if err := mayRead(actor); err != nil {
		return l, p, err
	}
	if len(subjects) > rekey.MaxEventUsers {
		return l, p, rekey.NewError(rekey.CodeTooLarge, "An event names at most 10,000 system users.")
	}
	acts, p, err := s.readyForPreview(ctx, actor, &a)
	return look{Service: s, actor: actor, automation: a, acts: acts, preview: AutomationPreview{Warnings: s.Warnings(a)}}, p, err
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

// whole previews a valid automation, without a limit of time.
func (l *look) whole(ctx context.Context, subjects []string) (AutomationPreview, error) {
	if err := l.preview.due(l.automation, l.now()); err != nil {
		return l.preview, err
	}
	err := l.people(ctx, subjects)
	return l.preview, blamed(err)
}

// people decides on those whom the automation would reach if an event named
// subjects; with none, on everybody whom the actor may view.
func (l *look) people(ctx context.Context, subjects []string) (err error) {
	l.preview.Previewed, l.seen = true, map[string]bool{}
	switch given := l.automation.SendParams(); {
	case given.SystemUser != "":
		subjects = []string{given.SystemUser}
	case given.EverybodyInSelection:
		subjects = nil
	case len(subjects) == 0 && l.automation.EventFilter.User != "":
		subjects = []string{l.automation.EventFilter.User}
	}
	if len(subjects) == 0 {
		return l.everybody(ctx)
	}
	if subjects, l.preview.Hidden, err = l.viewable(ctx, l.actor, subjects); err != nil {
		return err
	}
	for len(subjects) > 0 {
		step := len(subjects)
		if l.step > 0 {
			step = min(step, l.step)
		}
		if over, err := l.decide(ctx, subjects[:step]); over || err != nil {
			return err
		}
		subjects = subjects[step:]
	}
	l.preview.Complete = true
	return nil
}

// everybody decides on all whom the actor may view.
func (l *look) everybody(ctx context.Context) error {
	var ids []string
	q := rekey.UserQuery{MaxRank: l.actor.Authority().Rank, Limit: MaxPage}
	if l.step > 0 {
		q.Limit = l.step
	}
	for {
		users, err := l.store.Users(ctx, q)
		if err != nil {
			return err
		}
		for _, u := range users {
			ids = append(ids, u.ID)
			q.After = u.ID
		}
		last, full := len(users) < q.Limit, l.step == 0 && len(ids) >= maxPreview
		if l.step > 0 || last || full {
			if over, err := l.decide(ctx, ids); over || full && !last || err != nil {
				return err
			}
			ids = nil
		}
		if last {
			l.preview.Complete = true
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

// decide asks the engine about subjects. With a step, it does not ask if the time is
// over, or would be if these people took as long as the earlier ones.
func (l *look) decide(ctx context.Context, subjects []string) (over bool, err error) {
	if l.step > 0 {
		spent, n := l.now().Sub(l.start), l.preview.LookedAt
		if spent >= draftTime || n > 0 && spent+spent*draftStep/time.Duration(n) > draftTime {
			return true, nil
		}
	}
	decisions, err := l.runner.Preview(ctx, l.automation, l.acts, subjects)
	if err != nil {
		return false, err
	}
	for _, d := range decisions {
		key := d.User.ID
		if key == "" {
			key = d.Subject
		}
		if !l.seen[key] {
			l.seen[key] = true
			l.preview.add(l.actor, d)
			l.preview.LookedAt++
		}
	}
	return false, nil
}
