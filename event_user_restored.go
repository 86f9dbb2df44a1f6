package rekey

// UserRestored happens when somebody lifts the block on a system user.
const UserRestored = "user.restored"

func init() {
	RegisterEventType(EventType{
		Name:        UserRestored,
		Label:       "System user is restored",
		When:        "a system user is restored",
		Designation: SystemRelated,
		Description: "Somebody restored a blocked system user.",
		Parameters:  oneSystemUser,
		Jobs:        []string{SendNewPassword},
	})
}
