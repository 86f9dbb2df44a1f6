package selection

import "rekey"

// BuiltIn returns the built-in selection, All system users except API users. It is
// the default of a new automation. The caller sets id, version and times.
func BuiltIn() rekey.Selection {
	const name = "All system users except API users"
	return rekey.Selection{
		Name:        name,
		NameKey:     rekey.NameKey(name),
		Description: "Leaves out API users, and Hybrid users whose password called the API in the last 90 days: API calls would fail due to incorrect credentials.",
		Expression:  "!user.uses_api",
		BuiltIn:     rekey.AllExceptAPI,
	}
}
