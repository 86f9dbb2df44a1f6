package view

// LogIn is the log-in page.
type LogIn struct {
	Frame

	Address  Field
	Password Field
	// Next is where to go afterwards; "" for the start. Kept is the seal of a form that
	// was sent without a session; "" if there was none.
	Next, Kept string
}

func (LogIn) template() string { return "login" }
