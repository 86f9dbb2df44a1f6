package view

// Delivery is the page of one delivery.
type Delivery struct {
	Frame

	State     State
	Person    Person
	Steps     []Step
	Reply     string   // of the mail server; copied with one click
	Outcome   []string // how it ended, and what happened to the old password, a sentence each
	Why       []string // why it was made, a sentence each
	Facts     []Fact
	Retry     Action // may be empty
	WhyNot    string // why there is no retry, in words
	Others    []DeliveryRow
	OthersFor string
}

func (Delivery) template() string { return "delivery" }
