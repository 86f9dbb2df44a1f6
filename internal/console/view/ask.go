package view

// Ask is the page before an action with large effects or one that cannot be undone.
// It says what would happen, and asks.
type Ask struct {
	Frame

	// Text is what would happen, a paragraph each.
	Text []string
	// Refused says why the action cannot be done; then the page does not ask.
	Refused string
	Instead Link // the better action then; may be empty
	// LeftOut are people with whom nothing would be done.
	LeftOut LeftOut
	// Accounts are the accounts whose programs would fail, and Confirm is the field for
	// their number; nil if no confirmation is needed.
	Accounts *APIAccounts
	Confirm  *Field
	// Fields are further fields to fill in.
	Fields []Field
	// Owner is the field for a new owner; nil for none. Look is the text of the button
	// that fills Reaches.
	Owner   *Field
	Look    string
	Reaches []TransferReach
	// Post is the path of the action, and Button its text.
	Post, Button string
	Danger       bool
	// Carried are fields that are sent with it, and not shown.
	Carried []Hidden
	// Version is the version that the reader has seen; 0 is any.
	Version int64
	// Back is the link to cancel.
	Back Link
}

func (Ask) template() string { return "ask" }

// TransferReach says whom an automation would reach with the authority of a new owner.
type TransferReach struct {
	Automation Link
	Summary    string
	Reached    ReachGroup
	Warnings   []string
}
