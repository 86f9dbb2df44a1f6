package view

// SelectionEdit is the page where a selection is made or changed. Its condition
// has two sides, rows and CEL, of which the one that is changed writes the other.
type SelectionEdit struct {
	Frame

	Post    string
	Back    string // where to return after saving; "" for the selection itself
	Cancel  string
	Version int64
	Button  string
	// Unsaved: what is shown was typed and is not saved.
	Unsaved bool

	Name, Description Field
	Condition         Condition
	Preview           SelectionPreview
	Examples          []Example
	Fields            []Reference
	Functions         []Reference
	// Newer is what somebody saved meanwhile, field by field.
	Newer []NewerField
}

func (SelectionEdit) template() string { return "selection-edit" }

// Condition is a condition in rows and in CEL.
type Condition struct {
	Rows []ConditionRow
	// NoRows says why the condition is not shown as rows; "" where it is.
	NoRows string
	// RowErrors are those of no row in particular.
	RowErrors []string
	Join      []Option
	CEL       Field
	Mark      *ErrorMark
	// Shown is what both sides say: it tells which of them is changed.
	Shown string
}

// ConditionRow is a row: field, operator, value.
type ConditionRow struct {
	// Name begins the names of its inputs: "rows[0]".
	Name   string
	Index  int
	Number int // from 1, for people
	Fields []Option
	// HasKey: the field is an attribute, which Key names.
	HasKey    bool
	Key       string
	Operators []Option
	// Kind of the value: "text", "number", "select", "checks"; "" for none.
	Kind    string
	Value   string
	Options []Option
	Unit    string
	Hint    string
	Errors  []string
	Focus   bool
}

// ErrorMark is the line of a condition that is wrong, with the place.
type ErrorMark struct{ Before, Wrong, After string }

// Example is a condition to begin with.
type Example struct {
	Index    int
	Who, CEL string
}

// Reference is a line of what a condition can be written with.
type Reference struct{ Name, Type, About string }

// NewerField is a field that was saved with something else meanwhile.
type NewerField struct{ Label, Now, Yours string }
