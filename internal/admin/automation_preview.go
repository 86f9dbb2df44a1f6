package admin

import (
	"context"
	"errors"
	"slices"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// maxPreview is how many system users a preview looks at where nobody is named.
const maxPreview = 2_000

// AutomationPreview is who would get a new password if the event happened now.
type AutomationPreview struct {
	Reached []Candidate // those who would get one
	Skipped []Candidate // those who would not, and why
	// Hidden is how many more there are whom the actor may not view.
	Hidden int
	// Complete is false when there are more people than were looked at.
	Complete bool
	// DueAt is when the run would fall due.
	DueAt    time.Time
	Warnings []rekey.Warning
}

// PreviewAutomation says who would get a new password if the event happened now
// and involved these people, by id or address; with none, everybody whom the
// actor may view, up to 2,000. a is a stored automation or one that is being
// edited. It must be valid, except that it needs no name. With the id of a stored
// one it acts for that one's owner, else for the actor.
func (s *Service) PreviewAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (AutomationPreview, error) {
	if err := mayRead(actor); err != nil {
		return AutomationPreview{}, err
	}
	if len(subjects) > rekey.MaxEventUsers {
		return AutomationPreview{}, rekey.NewError(rekey.CodeTooLarge, "An event names at most 10,000 system users.")
	}
	acts, problems, err := s.readyForPreview(ctx, actor, &a)
	if err == nil {
		err = problems.Err()
	}
	if err != nil {
		return AutomationPreview{}, err
	}
	return s.previewWith(ctx, actor, a, acts, subjects)
}

// previewWith is the preview of an automation that acts with an authority.
func (s *Service) previewWith(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, acts rekey.Authority, subjects []string) (p AutomationPreview, err error) {
	p = AutomationPreview{Complete: true, Warnings: s.Warnings(a)}
	if err = p.due(a, s.now()); err != nil {
		return p, err
	}
	if a.EventFilter.User != "" && len(subjects) == 0 {
		subjects = []string{a.EventFilter.User}
	}
	if given := a.SendParams(); given.EverybodyInSelection || len(subjects) == 0 && given.UseEventParameter {
		if subjects, p.Complete, err = s.everybody(ctx, actor); err != nil {
			return p, err
		}
	}
	if subjects, p.Hidden, err = s.viewable(ctx, actor, subjects); err != nil {
		return p, err
	}
	decisions, err := s.runner.Preview(ctx, a, acts, subjects)
	if err != nil {
		return p, blamed(err)
	}
	for _, d := range decisions {
		p.add(actor, d)
	}
	return p, nil
}

// notCalculated says that a selection is to blame.
var notCalculated = rekey.FieldError{Field: "selection_id", Message: "This selection costs too much, or is not valid any more."}

// blamed names the selection in an error that comes of it.
func blamed(err error) error {
	if !errors.Is(err, engine.ErrCalculation) {
		return err
	}
	return &rekey.Error{Code: rekey.CodeInvalid, Message: "The selection could not be calculated.", Cause: err,
		Fields: []rekey.FieldError{notCalculated}}
}

// due says when a run would fall due for an event now, and what keeps it from
// being executed then.
func (p *AutomationPreview) due(a rekey.Automation, now time.Time) (err error) {
	if p.DueAt, err = a.Due(rekey.Event{Time: now}); err != nil {
		return err
	}
	if a.TimeFrame.Ahead(now) {
		p.Warnings = append(p.Warnings, rekey.Warning{Field: "time_frame.start", Message: "The time frame has not begun: an event now would start no run."})
	} else if a.TimeFrame.Contains(now) && a.TimeFrame.Over(p.DueAt) {
		p.Warnings = append(p.Warnings, rekey.Warning{Field: "time_frame.end", Message: "An event now would start a run that falls due after the end, and is cancelled."})
	}
	return nil
}

// viewable leaves out those whom the actor may not view, and counts them. They
// are not looked at by a condition either: how long that takes would say
// something of them, since an automation of somebody higher acts with their
// authority, whoever types what it says.
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

// callerWarning is for a Hybrid user who calls the API by password, and gets a new
// one because they asked, or because an administrator asked for them.
const callerWarning = "Programs have called the API with this password in the last 90 days. It works until they have chosen another; then programs fail with wrong credentials until their configuration is changed."

func (p *AutomationPreview) add(actor rekey.SystemUser, d engine.Decision) {
	c := Candidate{Subject: d.Subject, User: d.User, Reason: d.Reason, OldPassword: d.OldPassword}
	if d.Reason == "" && d.Caller {
		c.CallsAPI, c.Detail = true, callerWarning
	}
	switch {
	case d.User.ID != "" && !actor.Authority().MayView(d.User): // since a moment ago
		p.Hidden++
	case d.Reason == "":
		p.Reached = append(p.Reached, c)
	default:
		p.Skipped = append(p.Skipped, c)
	}
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

// everybody returns the ids of those whom the actor may view.
func (s *Service) everybody(ctx context.Context, actor rekey.SystemUser) (ids []string, complete bool, err error) {
	q := rekey.UserQuery{MaxRank: actor.Authority().Rank, Limit: MaxPage}
	for len(ids) < maxPreview {
		users, err := s.store.Users(ctx, q)
		if err != nil {
			return nil, false, err
		}
		ids = slices.Grow(ids, len(users))
		for _, u := range users {
			ids = append(ids, u.ID)
		}
		if len(users) < q.Limit {
			return ids, true, nil
		}
		q.After = users[len(users)-1].ID
	}
	return ids, false, nil
}
