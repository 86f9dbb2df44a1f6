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
	// maxPreview is how many system users a preview looks at where nobody is named.
	maxPreview = 2_000
	// draftTime is how long the preview of a draft looks at people: it is made
	// anew shortly after each change.
	draftTime = 200 * time.Millisecond
	// draftStep is how many are looked at between two looks at the clock. The
	// dearest condition takes a millisecond for each.
	draftStep = 100
)

// AutomationPreview is who would get a new password if the event happened now.
type AutomationPreview struct {
	// Problems are what is missing or wrong in a draft, by field.
	Problems []rekey.FieldError
	// Previewed is false where the problems leave nothing to look at: the lists
	// are empty then.
	Previewed bool
	Reached   []Candidate // those who would get one
	Skipped   []Candidate // those who would not, and why
	// Hidden is how many more there are whom the actor may not view.
	Hidden int
	// LookedAt is how many people were looked at.
	LookedAt int
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
	l, problems, err := s.lookFor(ctx, actor, a, subjects)
	if err == nil {
		err = problems.Err()
	}
	if err != nil {
		return AutomationPreview{}, err
	}
	return l.whole(ctx, subjects)
}

// PreviewDraft is PreviewAutomation for what need be neither valid nor complete.
// It looks for 200 ms at most, and returns what is wrong in Problems.
func (s *Service) PreviewDraft(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (AutomationPreview, error) {
	start := s.now()
	l, problems, err := s.lookFor(ctx, actor, a, subjects)
	if err != nil {
		return AutomationPreview{}, err
	}
	l.step, l.start = draftStep, start
	p := &l.preview
	p.Problems = fieldsOf(problems.Err())
	if !concern(p.Problems, "delay", "time_frame", "time_zone") {
		if err := p.due(l.automation, start); err != nil {
			return *p, err
		}
	}
	if hindersPreview(p.Problems) {
		return *p, nil
	}
	if err = l.people(ctx, subjects); errors.Is(err, engine.ErrCalculation) {
		return AutomationPreview{DueAt: p.DueAt, Warnings: p.Warnings, Problems: append(p.Problems, notCalculated)}, nil
	}
	return *p, err
}

// PreviewTransfer is PreviewAutomation with the authority of somebody who is to
// own the automation: see TransferAutomation. What the new owner may not do is
// among the warnings, since the checks decide when a run is executed.
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
	var p rekey.Problems
	checkContent(&p, &a, true)
	if err := s.checkReferences(ctx, s.store.Queries, &p, actor, &a, true); err != nil {
		return AutomationPreview{}, err
	}
	var warnings []rekey.Warning
	for _, problem := range fieldsOf(p.Err()) {
		warnings = append(warnings, rekey.Warning(problem))
	}
	l := look{Service: s, actor: actor, automation: a, acts: heir.Authority()}
	l.preview.Warnings = s.Warnings(a)
	preview, err := l.whole(ctx, subjects)
	if rekey.CodeOf(err) == rekey.CodeInvalid && len(warnings) > 0 { // a draft that lacks something reaches nobody yet
		preview, err = AutomationPreview{Complete: true}, nil
	}
	preview.Warnings = append(warnings, preview.Warnings...)
	return preview, err
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
// gets a new password. An API user who is named and left out is no hindrance:
// the preview shows that.
func hindersPreview(problems []rekey.FieldError) bool {
	others := slices.DeleteFunc(slices.Clone(problems), func(p rekey.FieldError) bool { return p.Field == "job_params.include_api_users" })
	return concern(others, "event_type", "event_filter.system_user", "job_type", "job_params", "selection_id")
}
