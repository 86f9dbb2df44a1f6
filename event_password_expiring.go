package rekey

// PasswordExpiring happens some days before a directory ends the chosen password of a
// system user.
const PasswordExpiring = "password.expiring"

func init() {
	RegisterEventType(EventType{
		Name:        PasswordExpiring,
		Label:       "Password in a directory expires soon",
		When:        "a password in a directory expires within 14 days",
		Designation: SystemRelated,
		Description: "The chosen password of a system user expires in their directory within 14 days. It happens once for each expiry.",
		Parameters:  oneSystemUser,
		Jobs:        []string{SendNewPassword},
	})
}
