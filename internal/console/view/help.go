package view

// Help is the page of the keys and the words.
type Help struct {
	Frame

	Keys  []KeyHelp
	Words []Word
}

func (Help) template() string { return "help" }

// KeyHelp is what keys do that are pressed one after the other.
type KeyHelp struct {
	Keys []string
	Does string
	// Always: it is not one of those that can be switched off.
	Always bool
}

// Word is one that has a meaning of its own here.
type Word struct{ Term, Means string }

// PasswordHelp is the page about choosing a password. It is for everybody.
type PasswordHelp struct {
	Frame

	Rules []string // what is asked for here
	Back  Link
}

func (PasswordHelp) template() string { return "help-passwords" }
