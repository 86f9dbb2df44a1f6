package admin

import (
	"context"

	"rekey"
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
		u, err := viewed(ctx, tx, actor, userID)
		if err != nil {
			return err
		}
		automation, err := tx.BuiltInAutomation(ctx, BuiltInSend)
		switch {
		case err != nil:
			return err
		case !actor.Authority().MaySetPassword(u):
			return errNotHigher
		case u.Status != rekey.UserActive:
			return rekey.NewError(rekey.CodeConflict, "This system user is blocked. Restore them first.")
		case automation.Status != rekey.AutomationActive:
			return rekey.NewError(rekey.CodeConflict, "The automation '"+automation.Name+"' is not active, so nothing would be sent. Activate it first.")
		case !automation.TimeFrame.Contains(s.now()):
			return rekey.NewError(rekey.CodeConflict, "The time frame of the automation '"+automation.Name+"' has not begun or is over, so nothing would be sent. Change it first.")
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
