package admin

import (
	"context"

	"rekey"
	"rekey/internal/selection"
	"rekey/internal/store"
)

// The purposes of the built-in automations.
const (
	BuiltInReset = "password_reset" // Forgot your password?
	BuiltInSend  = "password_send"  // Send a new password now
)

// EnsureBuiltIns creates the built-in selection and automations that are
// missing. It leaves existing ones as they are.
func (s *Service) EnsureBuiltIns(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.BuiltInSelection(ctx, rekey.AllExceptAPI)
		if rekey.CodeOf(err) == rekey.CodeNotFound {
			sel := selection.BuiltIn()
			sel.ID, sel.Version, sel.CreatedAt, sel.UpdatedAt = s.newID(), 1, s.now(), s.now()
			err = tx.InsertSelection(ctx, sel)
		}
		if err != nil {
			return err
		}
		for _, a := range s.builtIns() {
			_, err := tx.BuiltInAutomation(ctx, a.BuiltIn)
			if rekey.CodeOf(err) == rekey.CodeNotFound {
				err = tx.InsertAutomation(ctx, a)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// builtIns returns the built-in automations. They are active, and use no
// selection: a password that a person asks for is not filtered. The guard that
// keeps API users out is on.
func (s *Service) builtIns() []rekey.Automation {
	list := []rekey.Automation{{
		Name:        "Forgot your password?",
		Description: "Sends a new password to people who ask for one on the log-in page. The old password works until they have chosen a new one.",
		EventType:   rekey.PasswordResetRequested,
		BuiltIn:     BuiltInReset,
	}, {
		Name:        "Send a new password now",
		Description: "Sends a new password to a system user when somebody with the right to do this asks for it. It acts with the authority of that person.",
		EventType:   rekey.PasswordSendRequested,
		BuiltIn:     BuiltInSend,
	}}
	settings := []rekey.OldPassword{rekey.KeepUntilChanged, rekey.ReplaceWhenSent}
	for i := range list {
		a := &list[i]
		a.ID, a.NameKey, a.JobType = s.newID(), rekey.NameKey(a.Name), rekey.SendNewPassword
		a.JobParams = rekey.SendParams{UseEventParameter: true, OldPassword: settings[i]}.JSON()
		a.TimeZone, a.Status, a.Version = "UTC", rekey.AutomationActive, 1
		a.CreatedAt, a.UpdatedAt = s.now(), s.now()
	}
	return list
}
