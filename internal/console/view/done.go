package view

// Done is the page after something was done to several people, if some were left out.
type Done struct {
	Frame

	Text    []string // what was done, a paragraph each
	LeftOut LeftOut
	Link    Link // where to see what comes of it; may be empty
	Back    Link
}

func (Done) template() string { return "done" }

// LeftOut are people with whom nothing is done. Part "left-out".
type LeftOut struct {
	Head   string // how many they are; "" if there is nobody
	People []LeftOutPerson
	More   string // how many more there are; "" for none
}

// LeftOutPerson is somebody with whom nothing is done.
type LeftOutPerson struct {
	Who Person
	Why string
}
