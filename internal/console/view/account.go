package view

// Account is what somebody may see and change of themselves.
type Account struct {
	Frame

	Facts []Fact
	// What everybody may change of themselves, and the version they have seen.
	Profile Profile
	Version int64

	Sessions []SessionRow
	// Others is how many of them are not the one that looks.
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
	// Current is the one that looks.
	Current bool
	// MustChange: it opens only the change of password.
	MustChange bool
}
