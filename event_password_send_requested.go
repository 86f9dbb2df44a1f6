package rekey

// PasswordSendRequested happens when a person asks Rekey to send a system user a
// new password now. Its runs act with the authority of that person.
const PasswordSendRequested = "password.send_requested"

func init() {
	RegisterEventType(EventType{
		Name:        PasswordSendRequested,
		Label:       "Sending a new password is requested",
		When:        "somebody sends a system user a new password",
		Designation: SystemRelated,
		Description: "Somebody sent a system user a new password by hand.",
		Parameters:  oneSystemUser,
		Jobs:        []string{SendNewPassword},
		Waits:       "Somebody who needs a new password at once",
		AskedBy:     AskedByOther,
	})
}
