package view

// SelectionEdit is the page to create or change a selection. Its condition has two
// forms, rows and CEL. The form that is changed writes the other.
type SelectionEdit struct {
	Frame

	Post    string
	Back    string // where to return after saving; "" for the selection itself
	Cancel  string
	Version int64
	Button  string
	// Unsaved: the page shows typed text that is not saved.
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
	// RowErrors are the errors that belong to no single row.
	RowErrors []string
	Join      []Option
	CEL       Field
	Mark      *ErrorMark
	// Shown has both forms as they are now: it tells later which of them was changed.
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

// Example is a sample condition.
type Example struct {
	Index    int
	Who, CEL string
}

// Reference is a line of the reference of fields and functions.
type Reference struct{ Name, Type, About string }

// NewerField is a field that somebody else changed meanwhile.
type NewerField struct{ Label, Now, Yours string }
