package view

// SourceRows are the sources of events of a program in a form.
type SourceRows struct {
	List   []SourceRow
	Errors []string
}

// SourceRow is one source. Part "source".
type SourceRow struct {
	Source, Names, People, Sample Field
	// Trusted is nil where the reader cannot change it.
	Trusted *Check
	// Open: the part about the mapping is shown.
	Open bool
	// Try is the value of the button that tries the mapping, Tried the result; nil
	// before.
	Try   string
	Tried *Tried
}

// Tried is whom a mapping finds in a sample event.
type Tried struct {
	People  []string
	Unknown int // how many of them name no system user whom the reader may see
}
