package view

// Change is the page to choose one's own password.
type Change struct {
	Frame

	Who    Person
	Mailed bool // came in with a mailed password
	// Says is what the page says first, a paragraph each.
	Says []string
	// Calls warns a Hybrid user whose programs call the API; may be "".
	Calls string
	// Version is the password version of the reader, to notice a change in another
	// window.
	Version int64
	// Next is where to go afterwards; "" for the start.
	Next string
	// Current is nil if the session has proven the current password lately.
	Current *Field
	New     NewPassword
}

func (Change) template() string { return "change" }

// NewPassword is the part of a form for a new password. Part "new-password".
type NewPassword struct {
	Field    Field
	Repeated Field  // shown without script, which cannot show the typed password
	Check    string // the path that checks it during typing
	Rules    []Rule
}

// Rule is a rule for chosen passwords.
type Rule struct {
	Name, Text string
	// Satisfied is "true" or "false" for a password that was refused, "" before one is
	// typed.
	Satisfied string
}
