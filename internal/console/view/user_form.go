package view

// UserForm is the page where a system user is made or changed.
type UserForm struct {
	Frame

	Post    string
	Version int64
	Back    string
	// Fixed is what only others may change, shown in place of its fields.
	Fixed     []Fact
	Address   Field
	FirstName Field
	LastName  Field
	Type      Choice
	Role      Choice
	Language  Field
	TimeZone  Field
	// Attributes and Sources are nil where they are not the reader's to change.
	Attributes *Rows
	Sources    *Rows
	Newer      *Newer
	// Effect is what saving does besides; "" for nothing.
	Effect string
	Button string
	// Unsaved: something was typed and is not saved.
	Unsaved bool
}

func (UserForm) template() string { return "user_form" }

// Rows are rows of two fields each.
type Rows struct {
	List   [][2]Field
	Errors []string
}

// Newer is a version that was saved while somebody typed.
type Newer struct {
	At      Moment
	Changes []Difference
}

// Difference is a field that says one thing here and another there.
type Difference struct{ Field, Stored, Typed string }
