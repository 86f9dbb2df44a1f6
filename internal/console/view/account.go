package view

// Account is what somebody may see and change of themselves.
type Account struct {
	Frame

	Facts []Fact
}

func (Account) template() string { return "account" }
