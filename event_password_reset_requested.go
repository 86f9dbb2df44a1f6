package rekey

// PasswordResetRequested happens when somebody uses "Forgot your password?".
const PasswordResetRequested = "password.reset_requested"

func init() {
	RegisterEventType(EventType{
		Name:             PasswordResetRequested,
		Label:            "Password reset is requested",
		When:             "somebody asks for a new password on the log-in page",
		Designation:      SystemRelated,
		Description:      "Somebody used 'Forgot your password?' for this system user. A stranger can do that, so only 'keep until changed' is allowed.",
		Parameters:       oneSystemUser,
		Jobs:             []string{SendNewPassword},
		Waits:            "Somebody who has forgotten their password",
		SetOffByStranger: true,
		AskedBy:          AskedByUser,
	})
}
