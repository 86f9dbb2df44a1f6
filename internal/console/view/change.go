package view

// Change is the page where somebody chooses their own password.
type Change struct {
	Frame

	Who    Person
	Mailed bool // came in with a mailed password
	// Says is what the page says first, a paragraph each.
	Says []string
	// Calls warns a Hybrid user whose programs call the API; may be "".
	Calls   string
	Current Field
	New     NewPassword
	Set     string // on the button
}

func (Change) template() string { return "change" }

// NewPassword is the part of a form where somebody chooses a password. Part
// "new-password".
type NewPassword struct {
	Field    Field
	Repeated Field  // shown where there is no script to show what was typed
	Check    string // where it is judged while it is typed
	Rules    []Rule
	Words    ChangeWords
}

// Rule is one of those that a chosen password follows.
type Rule struct{ Name, Text string }
