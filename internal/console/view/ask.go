package view

// Ask is the page before something that reaches far or cannot be taken back: it
// says what would happen, and asks.
type Ask struct {
	Frame

	// Text is what would happen, a paragraph each.
	Text []string
	// Refused is why it cannot be done; then nothing is asked.
	Refused string
	Instead Link // what would be right then; may be empty
	// Accounts are those that programs log in with and would fail, and Confirm is
	// where their number is typed; nil where nothing has to be.
	Accounts *APIAccounts
	Confirm  *Field
	// Owner is the field for a new owner; nil where none is asked for. Look is the
	// text of the button that fills Reaches.
	Owner   *Field
	Look    string
	Reaches []TransferReach
	// Post is where it is done, and Button says what is done.
	Post, Button string
	Danger       bool
	// Version is the one that the reader has seen; 0 is any.
	Version int64
	// Back is where whoever would rather not goes on.
	Back Link
}

func (Ask) template() string { return "ask" }

// TransferReach is whom an automation would reach with the authority of a new
// owner.
type TransferReach struct {
	Automation Link
	Summary    string
	Reached    ReachGroup
	Warnings   []string
}
