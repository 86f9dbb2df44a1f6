package view

// Phrase is a part of the sentence that says an automation in words. Part
// "sentence" takes a list of them.
type Phrase struct {
	Text string
	// Field is the id of the field that it comes from, "" for none.
	Field string
	// Missing: the field is still to be filled in, and Text says how.
	Missing bool
	// Step is the step of the editor that shows the field, where that is another
	// than the one on the page; "" if the field is on it.
	Step string
}
