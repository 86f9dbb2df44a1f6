package view

// Held lists the runs of an automation that are held.
type Held struct {
	Frame

	// Texts say what they wait for, a paragraph each.
	Texts []string
	// Approve, Cancel and Transfer are for all of them together; each may be empty.
	Approve, Cancel, Transfer Action

	Rows []HeldRow
	More string // how many more there are, in words
	All  string // where all of them are listed
	None Empty  // in place of all this if no run is held
}

func (Held) template() string { return "held" }

// HeldRow is a run that is held.
type HeldRow struct {
	ID, Short string
	Event     Link
	Why       string
	People    string // some of those on its list
	When      Moment
}
