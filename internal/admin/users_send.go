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
		sent.Event, sent.Runs = rekey.Event{}, nil
		users, refused, _, err := s.sendable(ctx, tx.Queries, actor, []string{userID})
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			return refused[0].err
		}
		return s.recordSend(ctx, tx, actor, users, "", &sent)
	})
	return sent, err
}

// recordSend records password.send_requested for these people, once for each id that is
// not "".
func (s *Service) recordSend(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, users []string, id string, sent *SendRequest) (err error) {
	sent.Event, err = s.runner.Record(ctx, tx, rekey.Event{Type: rekey.PasswordSendRequested, Users: users, PostedBy: actor.ID, SourceID: id})
	if err != nil {
		return err
	}
	sent.Runs, err = tx.RunsOf(ctx, sent.Event.ID)
	return err
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
func (p SendPreview) Refusal() string { return sendRefusal(p.Automation, p.Reason) }

func sendRefusal(automation rekey.Automation, reason rekey.Reason) string {
	switch reason {
	case "":
		return ""
	case rekey.ReasonAPIUser:
		return "This is an API user, and the automation '" + automation.Name + "' leaves API users out: programs log in with this password, and would fail with wrong credentials until their configuration is changed. Nothing would be sent."
	case rekey.ReasonAlreadyBeing:
		return "A new password is already on its way to them. Nothing more would be sent."
	default:
		return "Nothing would be sent: " + reason.Text() + "."
	}
}

// PreviewSend returns what SendPassword would do now. It refuses the same users
// and automations; the automation is returned even then.
func (s *Service) PreviewSend(ctx context.Context, actor rekey.SystemUser, userID string) (SendPreview, error) {
	would, err := s.wouldSend(ctx, actor, []string{userID})
	p := SendPreview{Automation: would.Automation, Params: would.Params, DueAt: would.DueAt}
	for _, refused := range would.Refused {
		p.Reason = refused.reason
		if p.Reason == "" && err == nil {
			err = refused.err
		}
	}
	for _, reached := range would.reached {
		p.Params.OldPassword, p.Warning = reached.OldPassword, reached.Detail
	}
	return p, err
}
