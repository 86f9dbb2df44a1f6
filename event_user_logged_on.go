package rekey

// UserLoggedOn happens when a system user logs in with the chosen password. A
// log-in with a mailed password does not count.
const UserLoggedOn = "user.logged_on"

func init() {
	RegisterEventType(EventType{
		Name:        UserLoggedOn,
		Label:       "System user logs on",
		When:        "a system user logs on",
		Designation: SystemRelated,
		Description: "A system user logged on to the console with their chosen password, or called the API (recorded at most once in 5 minutes for each user).",
		Parameters:  oneSystemUser,
	})
}
