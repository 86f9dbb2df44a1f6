package admin

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/store"
)

// SendRequest is the result of SendPassword.
type SendRequest struct {
	Event    rekey.Event
	Runs     []rekey.Run
	Warnings []rekey.Warning
}

// SendPassword requests a new password for a system user now: it records
// password.send_requested, whose runs act with the actor's authority. The run
// decides again whether to send. For a Hybrid user who calls the API by
// password, it returns a warning.
//
// Errors: CodeConflict if the run would send nothing as things are now.
func (s *Service) SendPassword(ctx context.Context, actor rekey.SystemUser, userID string) (SendRequest, error) {
	var sent SendRequest
	would, err := s.PreviewSend(ctx, actor, userID)
	if err != nil {
		return sent, err
	}
	if would.Reason != "" {
		return sent, rekey.NewError(rekey.CodeConflict, would.Refusal())
	}
	if would.Warning != "" {
		sent.Warnings = append(sent.Warnings, rekey.Warning{Field: "system_user", Message: would.Warning})
	}
	if would.DueAt.After(s.now().Add(time.Minute)) {
		sent.Warnings = append(sent.Warnings, rekey.Warning{Field: "delay", Message: "The automation '" + would.Automation.Name + "' waits: the mail is sent at " + would.DueAt.UTC().Format("2006-01-02 15:04") + " UTC."})
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		u, _, err := s.sendable(ctx, tx.Queries, actor, userID)
		if err != nil {
			return err
		}
		sent.Event, err = s.runner.Record(ctx, tx, rekey.Event{
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

// sendable returns a system user, if the actor may send them a new password, and
// the automation that does it. It returns what it found even with an error.
func (s *Service) sendable(ctx context.Context, r store.Queries, actor rekey.SystemUser, userID string) (rekey.SystemUser, rekey.Automation, error) {
	u, err := viewed(ctx, r, actor, userID)
	if err != nil {
		return u, rekey.Automation{}, err
	}
	automation, err := r.BuiltInAutomation(ctx, BuiltInSend)
	if err == nil {
		err = s.maySend(actor, u, automation)
	}
	return u, automation, err
}

// maySend returns why the actor may not send a system user a new password, or why the
// automation would send nothing.
func (s *Service) maySend(actor, u rekey.SystemUser, automation rekey.Automation) (err error) {
	switch {
	case !actor.Authority().MaySetPassword(u):
		err = notHigher(actor, u, "send %s a new password")
	case u.Status != rekey.UserActive:
		err = rekey.NewError(rekey.CodeConflict, "This system user is blocked. Restore them first.")
	case automation.Status == rekey.AutomationTrial:
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+automation.Name+"' is in trial, so nothing would be sent. Activate the automation first.")
	case automation.Status != rekey.AutomationActive:
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+automation.Name+"' is not active, so nothing would be sent. Activate the automation first.")
	case !automation.TimeFrame.Contains(s.now()):
		err = rekey.NewError(rekey.CodeConflict, "The time frame of the automation '"+automation.Name+"' has not begun or is over, so nothing would be sent. Change the time frame first.")
	case !automation.Matches(rekey.Event{Type: automation.EventType, Users: []string{u.ID}, Time: s.now()}):
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+automation.Name+"' is limited to another system user, so nothing would be sent. Change its event filter first.")
	}
	return err
}

// SendPreview is what SendPassword would do now.
type SendPreview struct {
	Automation rekey.Automation
	Params     rekey.SendParams
	DueAt      time.Time
	// Reason is why the run would send nothing; "" if it would.
	Reason rekey.Reason
	// Warning is for a Hybrid user who calls the API by password; else "".
	Warning string
}

// Refusal says why nothing would be sent; "" if a mail would be sent.
func (p SendPreview) Refusal() string {
	switch p.Reason {
	case "":
		return ""
	case rekey.ReasonAPIUser:
		return "This is an API user, and the automation '" + p.Automation.Name + "' leaves API users out: programs log in with this password, and would fail with wrong credentials until their configuration is changed. Nothing would be sent."
	case rekey.ReasonAlreadyBeing:
		return "A new password is already on its way to them. Nothing more would be sent."
	default:
		return "Nothing would be sent: " + p.Reason.Text() + "."
	}
}

// PreviewSend returns what SendPassword would do now. It refuses the same users
// and automations; the automation is returned even then.
func (s *Service) PreviewSend(ctx context.Context, actor rekey.SystemUser, userID string) (SendPreview, error) {
	u, automation, err := s.sendable(ctx, s.store.Queries, actor, userID)
	p := SendPreview{Automation: automation}
	if err != nil {
		return p, err
	}
	event, _ := rekey.FindEventType(automation.EventType)
	if p.Params, err = rekey.ParseSendParams(automation.JobParams, event); err != nil {
		return p, err
	}
	decided, err := s.PreviewAutomation(ctx, actor, automation, []string{u.ID})
	p.DueAt = decided.DueAt
	for _, skipped := range decided.Skipped {
		p.Reason = skipped.Reason
	}
	for _, reached := range decided.Reached {
		p.Params.OldPassword, p.Warning = reached.OldPassword, reached.Detail
	}
	return p, err
}
