package view

// Automation is the page of one automation.
type Automation struct {
	Frame

	Actions, More []Action
	State         State
	Sentence      []Phrase
	// Problems are what has to be done before it can be activated; or what keeps
	// an active one from doing what it says.
	Problems []string
	Active   bool
	Warnings []string
	// Open says how many of its runs are under way; "" for none.
	Open string
	// Held leads to the runs that are held; empty if there are none.
	Held  Link
	Facts []Fact
	Runs  []RunLine
	// All is where all its runs are.
	All string
	// Preview is what would come of it now, if somebody asks.
	Preview *Preview
	// Fixed says why the reader may not change it; "" if they may.
	Fixed string
}

func (Automation) template() string { return "automation" }

// Preview is what would come of an automation now, for whom the event names.
type Preview struct {
	Naming Field
	Reach  Reach
}
