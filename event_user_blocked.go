package rekey

// UserWasBlocked happens when somebody blocks a system user.
const UserWasBlocked = "user.blocked"

func init() {
	RegisterEventType(EventType{
		Name:        UserWasBlocked,
		Label:       "System user is blocked",
		When:        "a system user is blocked",
		Designation: SystemRelated,
		Description: "Somebody blocked a system user. Whoever is blocked is sent no new password, so this suits a job for somebody else.",
		Parameters:  oneSystemUser,
	})
}
