package admin

import (
	"context"

	"rekey"
)

// maxMatches is how many automations the preview of a test event shows.
const maxMatches = 10

// TestEventPreview is what a test event would do if it were posted now.
type TestEventPreview struct {
	// Problems are what is missing or wrong, by field, as for PostTestEvent.
	Problems []rekey.FieldError
	// Matches are the automations that the event matches, at most ten: active ones, then
	// those in trial.
	Matches []TestMatch
	// More counts the other automations that it matches.
	More int
}

// TestMatch is an automation that would start a run for a test event, and whom the
// run would reach.
type TestMatch struct {
	Automation rekey.Automation
	Preview    AutomationPreview
}

// PreviewTestEvent says what a test event would do. Only a missing or bad name makes
// that impossible; it reports other problems beside the preview.
func (s *Service) PreviewTestEvent(ctx context.Context, actor rekey.SystemUser, t TestEvent) (TestEventPreview, error) {
	var preview TestEventPreview
	if err := mayRead(actor); err != nil {
		return preview, err
	}
	var p rekey.Problems
	t.check(&p)
	ids, err := s.namedUsers(ctx, &p, actor, t.Users)
	if err != nil {
		return preview, err
	}
	preview.Problems = fieldsOf(p.Err())
	if concern(preview.Problems, "name") {
		return preview, nil
	}
	e := rekey.Event{Type: rekey.External, Name: t.Name, Source: rekey.TestSource(actor.ID), Time: s.now()}
	for _, id := range ids {
		if id != "" { // else it names no system user
			e.Users = append(e.Users, id)
		}
	}
	for _, status := range []rekey.AutomationStatus{rekey.AutomationActive, rekey.AutomationTrial} {
		automations, err := s.allAutomations(ctx, rekey.AutomationQuery{Status: status, EventType: rekey.External})
		if err != nil {
			return preview, err
		}
		for _, a := range automations {
			if err := s.previewMatch(ctx, actor, &preview, a, e); err != nil {
				return preview, err
			}
		}
	}
	return preview, nil
}

// previewMatch adds an automation to the preview if the event matches it.
func (s *Service) previewMatch(ctx context.Context, actor rekey.SystemUser, preview *TestEventPreview, a rekey.Automation, e rekey.Event) error {
	if !a.Matches(e) {
		return nil
	}
	if len(preview.Matches) == maxMatches {
		preview.More++
		return nil
	}
	match := TestMatch{Automation: a}
	var err error
	given := a.SendParams()
	if len(e.Users) == 0 && given.UseEventParameter || len(e.Users) > 0 && given.EverybodyInSelection { // nobody: PreviewDraft would take everybody
		match.Preview.Previewed, match.Preview.Complete = true, true
		match.Preview.Warnings = s.Warnings(ctx, a)
		match.Preview.DueAt, err = a.Due(e, rekey.AskedByNobody) // the event names nobody
	} else {
		match.Preview, err = s.PreviewDraft(ctx, actor, a, e.Users)
	}
	if err != nil {
		return err
	}
	if a.SendsPasswords() {
		match.Preview.alsoBy(actor)
	}
	preview.Matches = append(preview.Matches, match)
	return nil
}

// alsoBy moves people whose password the actor may not set to Skipped: a test event
// reaches only people whose password its poster may set.
func (p *AutomationPreview) alsoBy(actor rekey.SystemUser) {
	reached := p.Reached
	p.Reached = nil
	for _, c := range reached {
		if actor.Authority().MaySetPassword(c.User) {
			p.Reached = append(p.Reached, c)
			continue
		}
		c.Reason = rekey.ReasonNotPosters
		p.Skipped = append(p.Skipped, c)
	}
}
