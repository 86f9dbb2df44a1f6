package rekey

// UserLoggedOn happens when a system user enters with
// the chosen password; entering with a mailed one is not logging on.
const UserLoggedOn = "user.logged_on"

func init() {
	RegisterEventType(EventType{
		Name:        UserLoggedOn,
		Label:       "System user logs on",
		When:        "a system user logs on",
		Designation: SystemRelated,
		Description: "A system user logged on to the console with their chosen password, or called the API (noticed at most once in 5 minutes for each).",
		Parameters:  oneSystemUser,
	})
}
