package rekey

// UserWasBlocked happens when somebody blocks a system user.
const UserWasBlocked = "user.blocked"

func init() {
	RegisterEventType(EventType{
		Name:        UserWasBlocked,
		Label:       "System user is blocked",
		When:        "a system user is blocked",
		Jobs:        []string{NotifyAddress},
		Designation: SystemRelated,
		Description: "Somebody blocked a system user. A blocked user gets no new password. Use this event to send a new password to somebody else.",
		Parameters:  oneSystemUser,
	})
}
