package view

// Events is the list of events.
type Events struct {
	Frame

	Filters []Choice
	// Filtered: the list is narrowed, so that it may be empty.
	Filtered bool
	Rows     []EventRow
	Pager    Pager
}

func (Events) template() string { return "events" }

// None is shown where there was never an event.
func (Events) None() Empty {
	return Empty{Icon: "history", Title: "Nothing has happened yet",
		Text:   "Events are what automations wait for: somebody logs in, is locked out, or another system reports something.",
		Action: Link{"Post a test event", "/events/new"}}
}

// EventRow is an event in the list.
type EventRow struct {
	ID     string
	Name   string
	Source string // in words
	People []Person
	More   string // who else is involved, in words
	Runs   []RunRow
	When   Moment
}

// Event is the page of one event.
type Event struct {
	Frame

	Again   Link // may be empty
	Facts   []Fact
	People  []Person
	More    string // who else is involved, in words
	Data    string
	NoData  string // why there is none, in words
	Rows    []RunRow
	Nothing string // why it started no run, in words
	Look    Link   // where to look then
}

func (Event) template() string { return "event" }

// NewEvent is the page where an event is posted by hand. What it would do is in
// the block "would".
type NewEvent struct {
	Frame

	Source string // what it comes from
	Name   Field
	Names  []string // that may be meant
	Users  Field
	Data   Field
	Would  *WouldStart // nil: not looked at yet
}

func (NewEvent) template() string { return "event-new" }

// WouldStart is what an event would start if it were posted now.
type WouldStart struct {
	Text    string // in a sentence
	Wrong   []string
	Matches []WouldRun
}

// WouldRun is a run that would be started.
type WouldRun struct {
	Automation Link
	Due        string
	Reached    []Person
	More       string   // who else would be reached, in words
	Skipped    []string // how many would not be, and why
	Warnings   []string
}
