package rekey

// PasswordExpired happens when a mailed password ends unused.
const PasswordExpired = "password.expired"

func init() {
	RegisterEventType(EventType{
		Name:             PasswordExpired,
		Label:            "Mailed password expires",
		When:             "a mailed password expires unused",
		Designation:      SystemRelated,
		Description:      "A mailed password expired before its user chose their own. A stranger may have requested it, so only 'keep until changed' is allowed.",
		Parameters:       oneSystemUser,
		Jobs:             []string{SendNewPassword},
		SetOffByStranger: true,
		AskedBy:          AskedByStranger,
	})
}
