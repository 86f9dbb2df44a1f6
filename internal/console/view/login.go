package view

// LogIn is the log-in page.
type LogIn struct {
	Frame

	Address  Field
	Password Field
}

func (LogIn) template() string { return "login" }
