package view

// SendPassword is the page before somebody is sent a new password: it shows the
// mail, and says what happens with it.
type SendPassword struct {
	Frame

	Who Person
	// Refused is why nothing would be sent; then nothing is asked.
	Refused string
	Instead Link // where that could be changed; may be empty
	// Warning is for an account that programs log in with.
	Warning string
	Effects []string
	Subject string
	Mail    string // its text part, with a sample for the password
	Post    string
}

func (SendPassword) template() string { return "send_password" }
