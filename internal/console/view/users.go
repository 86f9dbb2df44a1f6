package view

// Users is the list of system users.
type Users struct {
	Frame

	Search Field
	// Name is the head of the first column.
	Name    Heading
	Filters []Choice
	// Filtered: the list is narrowed, so that it may be empty.
	Filtered bool
	// Alone: there is nobody but the reader yet.
	Alone bool
	Rows  []UserRow
	// Matching are the filters of the list, for the form about several of its people.
	Matching []Hidden
	// All is the label of the box that chooses all who match; "" for none.
	All   string
	Pager Pager
}

func (Users) template() string { return "users" }

// UserRow is a system user in the list.
type UserRow struct {
	Person         Person
	Type           string
	Role           string
	Status         State
	Directory      string // "" for built-in users
	LastLogIn      Moment
	PasswordChosen Moment
}

// Suggestions are system users that match the typed text.
type Suggestions []Person

func (Suggestions) template() string { return "users" }
