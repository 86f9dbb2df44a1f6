package view

// Import is the page where a file of system users is chosen.
type Import struct {
	Frame

	Columns []ImportColumn
	Sample  string
	Choices ImportChoices
	// Bad are the lines of the file that was sent with which something is wrong.
	Bad []BadLine
	// Wrong is what is wrong with the choice itself.
	Wrong []string
}

func (Import) template() string { return "import" }

// ImportChoices say what happens to people who already exist, and to columns that
// Rekey does not know. Part "import-choices".
type ImportChoices struct{ Existing, Unknown Choice }

// ImportColumn explains a column.
type ImportColumn struct{ Name, Text string }

// BadLine is a line of a file, and what is wrong with it.
type BadLine struct {
	Number int
	Text   string
	Errors []string
}

// ImportPreview is the page that shows what a file would do.
type ImportPreview struct {
	Frame

	Total  string
	Counts string // "3 created, 1 updated, 2 left as they are"
	Rows   []ImportRow
	// Read are the columns of the file with what each is read as, Ignored those that
	// are not read, with the reason.
	Read, Ignored []ImportColumn
	MoreIgnored   int // how many Ignored leaves out
	// Effects are what happens besides.
	Effects []string
	Choices ImportChoices
	Kept    string // the file
	// Previewed are the values of the choices that this page is about.
	Previewed string
	Button    string // "" if nothing would change
}

func (ImportPreview) template() string { return "import_preview" }

// ImportRow is a system user of a file.
type ImportRow struct {
	Line       int
	Fate       string
	Person     Person
	Cells      []ImportCell
	Attributes string
}

// ImportCell is what a row says in a column.
type ImportCell struct {
	Label, Text string
	Short       bool // one word
}
