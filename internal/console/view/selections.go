package view

// Selections is the list of selections.
type Selections struct {
	Frame

	Search   Field
	Filtered bool // the list is narrowed, so that it may be empty
	Rows     []SelectionRow
	Pager    Pager
}

func (Selections) template() string { return "selections" }

// SelectionRow is a selection in the list.
type SelectionRow struct {
	ID, Name string
	Words    string // the condition, "" where it has no words
	CEL      string
	BuiltIn  bool
	Owner    Owner
	UsedBy   []Link // the first few
	Used     int    // how many automations use it
	Changed  Moment
}

// More is how many use it beyond those named.
func (r SelectionRow) More() int { return r.Used - len(r.UsedBy) }

// Owner is the owner of an automation or selection. Part "owner".
type Owner struct {
	// Person is empty if Rekey itself is the owner, or if the reader may not view the
	// owner.
	Person Person
	Hidden bool
}

// Selection is the page of a selection.
type Selection struct {
	Frame

	Description string
	CEL         string
	Rows        []string // the condition in words, a row each; none where it has none
	Any         bool     // one of the rows is enough
	Facts       []Fact
	UsedBy      []Link
	Actions     []Action
	Preview     SelectionPreview
	// Count is the path of the preview.
	Count string
}

func (Selection) template() string { return "selection" }

// SelectionPreview says whom a condition selects now. Part "selection-preview".
type SelectionPreview struct {
	// Ready: it has been calculated.
	Ready bool
	// Loads: a script asks for it when the page opens.
	Loads bool
	// Text says how many, or why it is not calculated.
	Text string
	// Unsure says how many could not be evaluated; "" for nobody.
	Unsure string
	// Warnings are about the condition, whether it was calculated or not.
	Warnings []string
	// Stopped says that not everybody was looked at; "" if everybody was.
	Stopped string
	At      Moment
	In, Out []SelectionPerson
	// MoreIn and MoreOut say how many there are beyond those shown.
	MoreIn, MoreOut string
}

// SelectionPerson is a person in a preview, with the reason if not selected.
type SelectionPerson struct {
	Person Person
	Why    string
}
