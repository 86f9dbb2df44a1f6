package rekey

// UserWasBlocked happens when somebody blocks a system user.
const UserWasBlocked = "user.blocked"

func init() {
	RegisterEventType(EventType{
		Name:        UserWasBlocked,
		Label:       "System user is blocked",
		When:        "a system user is blocked",
		Designation: SystemRelated,
		Description: "Somebody blocked a system user.",
		Parameters:  oneSystemUser,
	})
}
