package view

// Error is the page of what went wrong.
type Error struct {
	Frame

	Message string
	// Request is the id under which the cause is in the log; "" for none.
	Request string
}

func (Error) template() string { return "error" }
