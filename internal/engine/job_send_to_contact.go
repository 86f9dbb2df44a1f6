package engine

import "rekey"

func init() {
	RegisterJobType(JobType{JobType: rekey.JobType{
		Name:        "send_new_password_to_contact",
		Label:       "Send New Password to Contact (C)",
		Designation: rekey.ContactRelated,
		Description: "Sends a new password to a contact.",
		NotOffered:  "There are no contacts here, only system users.",
	}})
}
