package view

// Automation is the page of one automation.
type Automation struct {
	Frame

	Actions, More []Action
	State         State
	Sentence      []Phrase
	// Problems are what has to be done before it can be activated.
	Problems []string
	Warnings []string
	// Open says how many of its runs are under way; "" for none.
	Open  string
	Facts []Fact
	Runs  []RunLine
	// All is where all its runs are.
	All string
	// Fixed says why the reader may not change it; "" if they may.
	Fixed string
}

func (Automation) template() string { return "automation" }
