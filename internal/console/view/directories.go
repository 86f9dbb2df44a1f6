package view

// Directories is the page of the directories of the settings.
type Directories struct {
	Frame

	List []DirectoryCard
}

func (Directories) template() string { return "directories" }

// DirectoryCard is one directory with the state of its import.
type DirectoryCard struct {
	Name, Href string
	Health     State
	// Problem says why the last import failed; "" if it did not.
	Problem string
	Since   Moment // when imports began to fail
	Again   string // when Rekey tries again
	Facts   []Fact
	// Lists link to the entries that were not imported or are special.
	Lists []DirectoryList
	// Waiting says how many events wait to be released; "" if none does.
	Waiting string
	Release Link // empty where the reader may not
	// Actions are those of Managers and Administrators.
	Actions []Action
}

// DirectoryList links to the entries with one reason.
type DirectoryList struct {
	Link  Link
	Count string
	About string
}

// Directory is the page with entries of a directory.
type Directory struct {
	Frame

	Tabs  []Tab
	About string // what the reason of the list means
	Rows  []DirectoryRow
	Pager Pager
}

func (Directory) template() string { return "directory" }

// DirectoryRow is an entry. Person is empty if it was not imported.
type DirectoryRow struct {
	Address string // as the directory has it
	Key     string
	Reason  string
	Person  Person
	Seen    Moment
	Missing Moment
}

// DirectoryTest is the page with what a test of a directory found.
type DirectoryTest struct {
	Frame

	Findings []DirectoryFinding
	Again    Action
}

func (DirectoryTest) template() string { return "directory_test" }

// DirectoryFinding is one thing that a test found. Advice is "" if all is well.
type DirectoryFinding struct {
	Check         string
	State         State
	Found, Advice string
}
