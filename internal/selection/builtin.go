package selection

import "rekey"

// BuiltIn returns the selection that exists from the start and is the default
// of a new automation: All system users except API users. Id, version and
// moments are whoever stores it to give.
func BuiltIn() rekey.Selection {
	const name = "All system users except API users"
	return rekey.Selection{
		Name:        name,
		NameKey:     rekey.NameKey(name),
		Description: "Leaves out API users, and Hybrid users whose password called the API in the last 90 days: their calls would fail with a new password.",
		Expression:  "!user.uses_api",
		BuiltIn:     rekey.AllExceptAPI,
	}
}
