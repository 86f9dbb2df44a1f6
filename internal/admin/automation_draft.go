package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"rekey"
	"rekey/internal/engine"
)

const (
	// draftTime is how long the preview of a draft looks at people: it is made
	// anew shortly after each change.
	draftTime = 200 * time.Millisecond
	// draftStep is how many are looked at between two looks at the clock. The
	// dearest condition takes a millisecond for each.
	draftStep = 100
)

// DraftPreview is what can be said of an automation while it is being edited.
type DraftPreview struct {
	AutomationPreview
	// Problems are what is missing or wrong, by field.
	Problems []rekey.FieldError
	// Previewed is false where the problems leave nothing to look at: the lists
	// are empty then.
	Previewed bool
	// LookedAt is how many people were looked at. Where Complete is false there
	// are more.
	LookedAt int
}

// PreviewDraft says who would get a new password if the event happened now and
// involved these people, by id or address; with none, everybody whom the actor
// may view. It looks for 200 ms at most. a need be neither stored nor complete;
// for whom it acts see PreviewAutomation.
func (s *Service) PreviewDraft(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (DraftPreview, error) {
	if err := mayRead(actor); err != nil {
		return DraftPreview{}, err
	}
	if len(subjects) > rekey.MaxEventUsers {
		return DraftPreview{}, rekey.NewError(rekey.CodeTooLarge, "An event names at most 10,000 system users.")
	}
	start := s.now()
	acts, problems, err := s.readyForPreview(ctx, actor, &a)
	if err != nil {
		return DraftPreview{}, err
	}
	p := DraftPreview{Problems: fieldsOf(problems.Err())}
	p.Warnings = s.Warnings(a)
	if !concern(p.Problems, "delay", "time_frame", "time_zone") {
		if err := p.due(a, start); err != nil {
			return p, err
		}
	}
	if hindersPreview(p.Problems) {
		return p, nil
	}
	look := draftLook{Service: s, preview: &p, actor: actor, automation: a, acts: acts, start: start, seen: map[string]bool{}}
	switch given := a.SendParams(); {
	case given.SystemUser != "":
		subjects = []string{given.SystemUser}
	case given.EverybodyInSelection:
		subjects = nil
	case len(subjects) == 0 && a.EventFilter.User != "":
		subjects = []string{a.EventFilter.User}
	}
	if len(subjects) > 0 {
		if subjects, p.Hidden, err = s.viewable(ctx, actor, subjects); err != nil {
			return p, err
		}
		err = look.named(ctx, subjects)
	} else {
		err = look.everybody(ctx)
	}
	if p.Previewed = true; errors.Is(err, engine.ErrCalculation) {
		p.AutomationPreview = AutomationPreview{DueAt: p.DueAt, Warnings: p.Warnings}
		p.Problems, p.Previewed, p.LookedAt = append(p.Problems, notCalculated), false, 0
		return p, nil
	}
	return p, err
}

// fieldsOf returns the fields of what Problems.Err has returned.
func fieldsOf(err error) []rekey.FieldError {
	var e *rekey.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e.Fields
}

// concern reports whether one of the problems is with one of the fields, or
// within it.
func concern(problems []rekey.FieldError, fields ...string) bool {
	return slices.ContainsFunc(problems, func(problem rekey.FieldError) bool {
		return slices.ContainsFunc(fields, func(field string) bool {
			rest, found := strings.CutPrefix(problem.Field, field)
			return found && (rest == "" || rest[0] == '.')
		})
	})
}

// hindersPreview reports whether one of the problems is with what decides who
// gets a new password. That an API user is aimed at who is left out is no
// hindrance: the preview says it, too.
func hindersPreview(problems []rekey.FieldError) bool {
	others := slices.DeleteFunc(slices.Clone(problems), func(p rekey.FieldError) bool { return p.Field == "job_params.include_api_users" })
	return concern(others, "event_type", "event_filter.system_user", "job_type", "job_params", "selection_id")
}

// draftLook looks at people until its time is over.
type draftLook struct {
	*Service
	preview    *DraftPreview
	actor      rekey.SystemUser
	automation rekey.Automation
	acts       rekey.Authority
	start      time.Time
	seen       map[string]bool // ids, and subjects that name no system user
}

// named looks at those who were named.
func (l *draftLook) named(ctx context.Context, subjects []string) error {
	for step := range slices.Chunk(subjects, draftStep) {
		if over, err := l.at(ctx, step); over || err != nil {
			return err
		}
	}
	l.preview.Complete = true
	return nil
}

// everybody looks at those whom the actor may view.
func (l *draftLook) everybody(ctx context.Context) error {
	q := rekey.UserQuery{MaxRank: l.actor.Authority().Rank, Limit: draftStep}
	for {
		users, err := l.store.Users(ctx, q)
		if err != nil {
			return err
		}
		ids := make([]string, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		if over, err := l.at(ctx, ids); over || err != nil {
			return err
		}
		if len(users) < q.Limit {
			l.preview.Complete = true
			return nil
		}
		q.After = ids[len(ids)-1]
	}
}

// at looks at some, unless the time is over, or would be if they took as long
// as those before.
func (l *draftLook) at(ctx context.Context, subjects []string) (over bool, err error) {
	spent := l.now().Sub(l.start)
	if n := l.preview.LookedAt; spent >= draftTime || n > 0 && spent+spent*draftStep/time.Duration(n) > draftTime {
		return true, nil
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
