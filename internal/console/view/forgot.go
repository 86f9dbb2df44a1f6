package view

// Forgot is the page where somebody asks for a new password.
type Forgot struct {
	Frame

	// Sent: the form was sent. What is shown then is the same whoever asked.
	Sent    bool
	Address Field
	Next    string // where to go after the log-in; "" for the start
}

func (Forgot) template() string { return "forgot" }
