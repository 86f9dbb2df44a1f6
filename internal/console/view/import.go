package view

// Import is the page where a file of system users is chosen.
type Import struct {
	Frame

	Columns []ImportColumn
	Sample  string
	// Bad are the lines of the file that was sent with which something is wrong.
	Bad []BadLine
	// Wrong is what is wrong with the choice itself.
	Wrong []string
}

func (Import) template() string { return "import" }

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

	Total string
	Rows  []ImportRow
	// Effects are what happens besides.
	Effects []string
	Kept    string // the file
	Button  string
}

func (ImportPreview) template() string { return "import_preview" }

// ImportRow is a system user who would be created.
type ImportRow struct {
	Line       int
	Person     Person
	Cells      []ImportCell
	Attributes string
}

// ImportCell is what a row says in a column.
type ImportCell struct {
	Label, Text string
	Short       bool // one word
}
