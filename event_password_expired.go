package rekey

// PasswordExpired happens when a mailed password ends unused.
const PasswordExpired = "password.expired"

func init() {
	RegisterEventType(EventType{
		Name:             PasswordExpired,
		Label:            "Mailed password expires",
		When:             "a mailed password expires unused",
		Designation:      SystemRelated,
		Description:      "A mailed password reached the end of its time and nobody had used it to choose one of their own. A stranger may have had it sent, so only 'keep until changed' is allowed.",
		Parameters:       oneSystemUser,
		Jobs:             []string{SendNewPassword},
		SetOffByStranger: true,
		AskedBy:          AskedByStranger,
	})
}
