package view

// History is the page of the changes of an automation, a selection or a system user.
type History struct {
	Frame

	Changes []PastChange
	// None says why there are no changes.
	None  string
	Pager Pager
}

func (History) template() string { return "history" }

// PastChange is what somebody changed at one time.
type PastChange struct {
	When Moment
	// Who changed it: Person, or in words.
	Person *Person
	Who    string
	// Text says what happened, if there are no fields.
	Text   string
	Fields []ChangedField
}

// ChangedField is one field, old and new. Code: both are shown as code.
type ChangedField struct {
	Label, Old, New string
	Code            bool
}
