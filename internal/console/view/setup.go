package view

// SetUp is the page that a one-time address opens: it makes the first
// Administrator, or lets one in again.
type SetUp struct {
	Frame

	Token string
	// Recovers is whose password is set; nil where the first Administrator is
	// made.
	Recovers     *Person
	Address      Field
	FirstName    Field
	LastName     Field
	MailLanguage Field
	TimeZone     Field
	New          NewPassword
}

func (SetUp) template() string { return "setup" }
