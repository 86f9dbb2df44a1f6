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
	// maxPreview is how many system users a preview checks if nobody is named.
	maxPreview = 2_000
	// draftTime limits the preview of a draft, which is repeated after each change.
	draftTime = 200 * time.Millisecond
	// draftStep is how many people are checked between two looks at the clock. The
	// most expensive condition takes 1 ms for each.
	draftStep = 100
)

// AutomationPreview is who would get a new password if the event happened now.
type AutomationPreview struct {
	// Problems are what is missing or wrong in a draft, by field.
	Problems []rekey.FieldError
	// Previewed is false if the problems make a preview impossible. The lists are
	// empty then.
	Previewed bool
	Reached   []Candidate // those who would get one
	Skipped   []Candidate // those who would not, with the reason
	// Hidden counts those whom the actor may not view. They are in no list.
	Hidden int
	// LookedAt is how many people were checked.
	LookedAt int
	// Complete is false if there are more people than were checked.
	Complete bool
	// Ceiling is how many people the automation may reach in an hour without approval; 0
	// means any number. Lately is how many it has reached in the last hour.
	Ceiling, Lately int
	// DueAt is when the run would fall due.
	DueAt    time.Time
	Warnings []rekey.Warning
}

// Held says in numbers why the run would be held for approval: "19 people, ceiling 10".
// It returns "" if it would not. People whom the actor may not view do not count.
func (p AutomationPreview) Held() string {
	return rekey.CeilingText(len(p.Reached), p.Lately, p.Ceiling)
}

// PreviewAutomation decides who would get a new password if the event happened now
// and involved subjects, given by id or address. With no subjects, it checks
// everybody whom the actor may view, up to 2,000. a must be valid, but needs no
// name. If a has the id of a stored automation, it acts for the owner of that one
// (or, if that is built in to send a password, for the actor), else for the actor.
func (s *Service) PreviewAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (AutomationPreview, error) {
	p, problems, err := s.preparePreview(ctx, actor, a, subjects)
	if err == nil {
		err = problems.Err()
	}
	if err != nil {
		return AutomationPreview{}, err
	}
	return p.run(ctx, subjects)
}

// PreviewDraft is PreviewAutomation for an automation that need not be valid or
// complete. It takes about 200 ms at most. Problems says what is wrong.
func (s *Service) PreviewDraft(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (AutomationPreview, error) {
	start := s.now()
	p, problems, err := s.preparePreview(ctx, actor, a, subjects)
	if err != nil {
		return AutomationPreview{}, err
	}
	p.timed, p.start = true, start
	answer := &p.answer
	answer.Problems = fieldsOf(problems.Err())
	if !concern(answer.Problems, "delay", "time_frame", "time_zone") {
		if err := answer.due(p.automation, start); err != nil {
			return *answer, err
		}
	}
	if hindersPreview(answer.Problems) {
		return *answer, nil
	}
	if err = p.decideAll(ctx, subjects); errors.Is(err, engine.ErrCalculation) {
		return AutomationPreview{DueAt: answer.DueAt, Warnings: answer.Warnings, Problems: append(answer.Problems, notCalculated)}, nil
	}
	return *answer, err
}

// PreviewTransfer is PreviewAutomation with the authority of a new owner: see
// TransferAutomation. The warnings say what the new owner may not do, since the
// checks decide only when a run is executed.
func (s *Service) PreviewTransfer(ctx context.Context, actor rekey.SystemUser, id, owner string, subjects []string) (AutomationPreview, error) {
	a, err := s.Automation(ctx, actor, id)
	if err != nil {
		return AutomationPreview{}, err
	}
	if err := mayManage(ctx, s.store.Queries, actor, a.OwnerID); err != nil {
		return AutomationPreview{}, err
	}
	heir, err := newOwner(ctx, s.store.Queries, actor, owner)
	if err != nil {
		return AutomationPreview{}, err
	}
	a.OwnerID = heir.ID
	var problems rekey.Problems
	checkContent(&problems, &a, true)
	if err := s.checkReferences(ctx, s.store.Queries, &problems, actor, &a, true); err != nil {
		return AutomationPreview{}, err
	}
	var warnings []rekey.Warning
	for _, problem := range fieldsOf(problems.Err()) {
		warnings = append(warnings, rekey.Warning{Field: problem.Field, Message: problem.Message})
	}
	p := s.newPreviewing(ctx, actor, a, heir.Authority())
	preview, err := p.run(ctx, subjects)
	if rekey.CodeOf(err) == rekey.CodeInvalid && len(warnings) > 0 { // a draft that lacks something reaches nobody yet
		preview, err = AutomationPreview{Complete: true}, nil
	}
	preview.Warnings = append(warnings, preview.Warnings...)
	return preview, err
}

// notCalculated says that the selection failed.
var notCalculated = rekey.FieldError{Field: "selection_id", Message: "This selection takes too long to calculate, or is no longer valid."}

// blamed names the selection in an error of its calculation.
func blamed(err error) error {
	if !errors.Is(err, engine.ErrCalculation) {
		return err
	}
	return &rekey.Error{Code: rekey.CodeInvalid, Message: "The selection could not be calculated.", Cause: err,
		Fields: []rekey.FieldError{notCalculated}}
}

// due says when a run for an event now, or for the next moment of the schedule, would fall
// due, and warns if it would not be executed then.
func (p *AutomationPreview) due(a rekey.Automation, now time.Time) (err error) {
	if a.EventType == rekey.ScheduleReached {
		if now = a.NextMoment(now); now.IsZero() { // there is a warning
			return nil
		}
	}
	event, _ := rekey.FindEventType(a.EventType) // a draft may have none
	if p.DueAt, err = a.Due(rekey.Event{Time: now}, a.AskedBy(event)); err != nil {
		return err
	}
	if a.TimeFrame.Ahead(now) {
		p.Warnings = append(p.Warnings, rekey.Warning{Field: "time_frame.start", Message: "The time frame has not begun: an event now would not start a run."})
	} else if a.TimeFrame.Contains(now) && a.TimeFrame.Over(p.DueAt) {
		p.Warnings = append(p.Warnings, rekey.Warning{Field: "time_frame.end", Message: "An event now would start a run that is due after the end, so the run would be cancelled."})
	}
	return nil
}

// callerWarning is for a Hybrid user who calls the API by password. They get a new
// one because they asked, or because an administrator asked for them.
const callerWarning = "Programs have called the API with this password in the last 90 days. It works until its user has chosen a new one. Then programs fail with wrong credentials until their configuration is changed."

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

// fieldsOf returns the fields of what Problems.Err has returned.
func fieldsOf(err error) []rekey.FieldError {
	var e *rekey.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e.Fields
}

// concern reports whether one of the problems is in one of the fields, or below it.
func concern(problems []rekey.FieldError, fields ...string) bool {
	return slices.ContainsFunc(problems, func(problem rekey.FieldError) bool {
		return slices.ContainsFunc(fields, func(field string) bool {
			rest, found := strings.CutPrefix(problem.Field, field)
			return found && (rest == "" || rest[0] == '.')
		})
	})
}

// hindersPreview reports whether one of the problems is in a field that decides who
// gets a new password. A named API user who is left out is no such problem: the
// preview shows it.
func hindersPreview(problems []rekey.FieldError) bool {
	others := slices.DeleteFunc(slices.Clone(problems), func(p rekey.FieldError) bool { return p.Field == "job_params.include_api_users" })
	return concern(others, "event_type", "event_filter.system_user", "job_type", "job_params", "selection_id")
}
