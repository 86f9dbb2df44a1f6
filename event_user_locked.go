package rekey

// UserLocked happens when failed log-ins lock a system user.
const UserLocked = "user.locked"

func init() {
	RegisterEventType(EventType{
		Name:             UserLocked,
		Label:            "System user is locked",
		When:             "a system user is locked out",
		Designation:      SystemRelated,
		Description:      "Too many failed log-ins locked a system user for a while. A stranger can cause this, so only 'keep until changed' is allowed.",
		Parameters:       oneSystemUser,
		Jobs:             []string{SendNewPassword, NotifyAddress},
		Waits:            "Somebody who is locked out",
		SetOffByStranger: true,
		AskedBy:          AskedByStranger,
	})
}
