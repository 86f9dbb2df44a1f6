package admin

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// SendRequest is what became of asking for a new password for somebody.
type SendRequest struct {
	Event    rekey.Event
	Runs     []rekey.Run
	Warnings []Warning
}

// SendPassword asks for a new password for a system user now: it records
// password.send_requested, whose runs act with the actor's authority. It is
// refused at once where the run would come to nothing because the actor may not
// set that password, the user is blocked or the automation is not active. An API
// user is left out by the run unless the automation includes them; then there
// is a warning.
func (s *Service) SendPassword(ctx context.Context, actor rekey.SystemUser, userID string) (SendRequest, error) {
	var sent SendRequest
	err := s.store.Update(ctx, func(tx Tx) error {
		u, automation, err := s.sendable(ctx, tx, actor, userID)
		if err != nil {
			return err
		}
		if u.UsesAPI(s.now()) && !paramsOf(automation).IncludeAPIUsers {
			sent.Warnings = append(sent.Warnings, Warning{"system_user",
				"This is an API user, and the automation '" + automation.Name + "' leaves API users out."})
		}
		sent.Event, err = s.recorder.Record(ctx, tx, rekey.Event{
			Type: rekey.PasswordSendRequested, Users: []string{u.ID}, PostedBy: actor.ID,
		})
		if err != nil {
			return err
		}
		sent.Runs, err = tx.RunsOf(ctx, sent.Event.ID)
		return err
	})
	return sent, err
}

// sendable returns somebody whom the actor may send a new password, and the
// automation that does it. What it finds is returned with an error, too.
func (s *Service) sendable(ctx context.Context, r Reader, actor rekey.SystemUser, userID string) (rekey.SystemUser, rekey.Automation, error) {
	u, err := viewed(ctx, r, actor, userID)
	if err != nil {
		return u, rekey.Automation{}, err
	}
	automation, err := r.BuiltInAutomation(ctx, BuiltInSend)
	switch {
	case err != nil:
	case !actor.Authority().MaySetPassword(u):
		err = errNotHigher
	case u.Status != rekey.UserActive:
		err = rekey.NewError(rekey.CodeConflict, "This system user is blocked. Restore them first.")
	case automation.Status != rekey.AutomationActive:
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+automation.Name+"' is not active, so nothing would be sent. Activate it first.")
	case !automation.TimeFrame.Contains(s.now()):
		err = rekey.NewError(rekey.CodeConflict, "The time frame of the automation '"+automation.Name+"' has not begun or is over, so nothing would be sent. Change it first.")
	case !automation.Matches(rekey.Event{Type: automation.EventType, Users: []string{u.ID}, Time: s.now()}):
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+automation.Name+"' waits for somebody else to be sent a password, so nothing would be sent. Change it first.")
	}
	return u, automation, err
}

// SendPreview is what SendPassword would come to now.
type SendPreview struct {
	Automation rekey.Automation
	Params     engine.SendParams
	DueAt      time.Time
	// Reason is why the run would send nothing; "" if it would.
	Reason rekey.Reason
}

// PreviewSend says what SendPassword would come to now, and refuses what it
// refuses. Where that is of the automation's making, it is returned with the
// error.
func (s *Service) PreviewSend(ctx context.Context, actor rekey.SystemUser, userID string) (SendPreview, error) {
	u, automation, err := s.sendable(ctx, s.store, actor, userID)
	p := SendPreview{Automation: automation}
	if err != nil {
		return p, err
	}
	event, _ := rekey.FindEventType(automation.EventType)
	if p.Params, err = engine.ParseSendParams(automation.JobParams, event); err != nil {
		return p, err
	}
	decided, err := s.PreviewAutomation(ctx, actor, automation, []string{u.ID})
	p.DueAt = decided.DueAt
	if len(decided.Skipped) > 0 {
		p.Reason = decided.Skipped[0].Reason
	}
	return p, err
}
