package view

// Account is the reader's own account.
type Account struct {
	Frame

	Facts []Fact
	// The fields that users may change of their own record, and its version.
	Profile Profile
	Version int64

	Sessions []SessionRow
	// Others is the number of the reader's other sessions.
	Others int
	// Tokens are those of API and Hybrid users, nil for everybody else.
	Tokens *Tokens
	// Themes and Shortcuts are kept in this browser.
	Themes    Choice
	Shortcuts bool
}

func (Account) template() string { return "account" }

// SessionRow is a session in the list.
type SessionRow struct {
	ID     string
	Agent  string // "Firefox on Windows"
	Source string // an address
	Began  Moment
	Seen   Moment
	// Current: the session that this page belongs to.
	Current bool
	// MustChange: it opens only the change of password.
	MustChange bool
}
