package view

// Automations is the list of automations.
type Automations struct {
	Frame

	Search     Field
	Name, When Heading // of the first columns
	Filters    []Choice
	// Filtered: the list is narrowed, so that it may be empty.
	Filtered bool
	Rows     []AutomationRow
	// Recipes are offered while nobody has made an automation yet.
	Recipes []Recipe
	Pager   Pager
}

func (Automations) template() string { return "automations" }

// AutomationRow is an automation in the list.
type AutomationRow struct {
	ID, Name string
	State    State
	Owner    string
	Asides   []string // what else decides whom it reaches and when, or what is missing
	When     string   // the name of the event
	Then     string
	LastRun  *RunLine // nil if there is none
	Sent     string   // in 30 days; "" if there were none
	Failed   string
	Menu     []Action
}

// RunLine is a run in a line. Part "run-line".
type RunLine struct {
	Href   string
	Moment Moment
	State  State
	Text   string // what it reached, or why nobody
}

// Recipe is an automation to begin with.
type Recipe struct {
	Icon, Title, Text, Href string
}
