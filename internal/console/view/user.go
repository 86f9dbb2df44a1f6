package view

import "slices"

// User is the page of a system user.
type User struct {
	Frame

	// Directory is where they live; "" for built-in users.
	Directory string
	// Standing says how they can log in, and what keeps them out.
	Standing []State
	// HeldAddress is set while no password goes to their address.
	HeldAddress *HeldAddress
	Actions     []Action
	More        []Action
	// Fixed says why the reader can change nothing here; "" if they can.
	Fixed      string
	Access     []Fact
	Attributes []Fact
	// Posts is what a program may post with this account, nil for people.
	Posts *Posts
	// Tokens are shown to those who may change them.
	Tokens     *Tokens
	Deliveries []UserDelivery
	Pager      Pager
}

func (User) template() string { return "user" }

// HeldAddress says that an address changed in a directory, and that no password goes
// there yet.
type HeldAddress struct {
	Directory    string
	Since, Until Moment
	// Revoked: the old password was revoked, so there is no way in.
	Revoked bool
	// Confirm is where the reader ends the wait; "" if they may not.
	Confirm string
	Version int64
}

// Posts is what an API user may post. Sources is empty if that is nothing.
type Posts struct{ Sources []PostSource }

// PostSource is a source, and the names of the events that may come from it.
type PostSource struct {
	Source string
	Names  []string
	People string // the mapping; "" for none
	// Trust says in words whether the mapping is trusted.
	Trust string
	// Failing are active automations whose runs fail for its events, because they do
	// not keep the old password.
	Failing []Link
}

// Tokens are those of an API or Hybrid user, with the form for another one. Part
// "tokens".
type Tokens struct {
	List []TokenRow
	// Create is where another one is made; "" if that cannot be.
	Create string
	Name   Field
	Days   Choice
}

// Resting reports whether any of them not confirmed after a restore.
func (t Tokens) Resting() bool {
	return slices.ContainsFunc(t.List, func(r TokenRow) bool { return r.Confirm != "" })
}

// TokenRow is a token in the list.
type TokenRow struct {
	Name              string
	Created, LastUsed Moment
	Expires           Moment
	Expired           bool
	// Confirm is the path that confirms a token after a restore; "" if the token does
	// not rest.
	Confirm string
	Revoke  string // the page that asks
}

// Token is the page that shows the text of a token, once.
type Token struct {
	Frame

	Text    string
	Whose   Person
	Expires Moment
	Back    Link
}

func (Token) template() string { return "token" }

// UserDelivery is a delivery to them.
type UserDelivery struct {
	Href   string
	At     Moment
	State  State
	Reason string // why, or what the mail server said
	Run    Link   // named after the automation
}
