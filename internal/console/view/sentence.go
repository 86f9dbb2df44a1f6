package view

// Phrase is a part of the sentence that describes an automation. Part "sentence"
// takes a list of them.
type Phrase struct {
	Text string
	// Field is the id of the field that it comes from, "" for none.
	Field string
	// Missing: the field is still empty, and Text says what to fill in.
	Missing bool
	// Step is the step of the editor that shows the field; "" if it is the present one.
	Step string
}
