package view

import "slices"

// UserForm is the page where a system user is made or changed.
type UserForm struct {
	Frame

	Post    string
	Version int64
	Back    string
	// Fixed is what the reader cannot change here, and WhyFixed says who can. Address, Type
	// and Role are zero if they are fixed.
	Fixed    []Fact
	WhyFixed string
	Address  Field
	Type     Choice
	Role     Choice
	Profile  Profile
	// Attributes and Sources are nil where they are not the reader's to change.
	Attributes *Rows
	Sources    *SourceRows
	Newer      *Newer
	// Effect is a further effect of saving; "" for none.
	Effect string
	Button string
	// Unsaved: something was typed and is not saved.
	Unsaved bool
}

func (UserForm) template() string { return "user_form" }

// Profile are the texts that people enter freely about somebody: first and last
// name, then all others.
type Profile []Field

// Names are the fields of the name.
func (p Profile) Names() []Field { return p[:min(2, len(p))] }

// Others are those after the name, two beside each other.
func (p Profile) Others() []Profile {
	return slices.Collect(slices.Chunk(p[min(2, len(p)):], 2))
}

// Rows are rows of two fields each.
type Rows struct {
	List   [][2]Field
	Errors []string
}

// Newer is a version that somebody else saved meanwhile.
type Newer struct {
	At      Moment
	Changes []Difference
}

// Difference is a field that differs between the stored and the typed version.
type Difference struct{ Field, Stored, Typed string }
