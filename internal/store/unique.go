package store

import "rekey"

// unique is a rule of the database, and the input field that breaks it.
type unique struct {
	// name is PostgreSQL's name of the index or primary key. SQLite names the
	// columns instead.
	name, columns string
	field         rekey.FieldError
}

var uniques = []unique{
	{"system_users_address", "system_users.address_key", rekey.FieldError{Field: "address", Message: "Another system user has this address."}},
	{"automations_name", "automations.name_key", rekey.FieldError{Field: "name", Message: "Another automation has this name."}},
	{"selections_name", "selections.name_key", rekey.FieldError{Field: "name", Message: "Another selection has this name."}},
	{"event_sources_pkey", "event_sources.source", rekey.FieldError{Field: "sources", Message: "This source belongs to another system user."}},
}

// broken turns the error of a broken rule into one that names the field, if it
// knows the rule.
func broken(err error, is func(unique) bool) error {
	for _, u := range uniques {
		if is(u) {
			return &rekey.Error{Code: rekey.CodeConflict, Message: u.field.Message, Fields: []rekey.FieldError{u.field}, Cause: err}
		}
	}
	return err
}
