package view

// Automation is the page of one automation.
type Automation struct {
	Frame

	Actions, More []Action
	State         State
	Sentence      []Phrase
	// Problems keep a draft from being activated, or an active automation from working
	// as defined.
	Problems []string
	Active   bool
	Warnings []string
	// Trial says what it would have done in its trial; nil if it is in none.
	Trial []string
	// Open says how many of its runs are under way; "" for none.
	Open string
	// Held leads to the runs that are held; empty if there are none.
	Held  Link
	Facts []Fact
	Runs  []RunLine
	// All is the path of the list of all its runs.
	All string
	// Preview says what would happen now; nil until the reader asks.
	Preview *Preview
	// Fixed says why the reader may not change it; "" if they may.
	Fixed string
}

func (Automation) template() string { return "automation" }

// Preview says what an automation would do now, for the people that the event names.
type Preview struct {
	Naming Field
	Reach  Reach
}
