package rekey

// UserCreated happens when a system user is added.
const UserCreated = "user.created"

func init() {
	RegisterEventType(EventType{
		Name:        UserCreated,
		Label:       "System user is created",
		When:        "a system user is created",
		Designation: SystemRelated,
		Description: "A system user was added, by hand, by import or over the API.",
		Parameters:  oneSystemUser,
		Jobs:        []string{SendNewPassword},
	})
}
