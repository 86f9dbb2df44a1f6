package view

import (
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"rekey"
	"rekey/internal/console/words"
)

// Color is the colour of a dot beside a word. The word itself has no colour.
type Color string

// The colours and their meanings.
const (
	Grey  Color = "grey"  // queued, skipped, at rest
	Blue  Color = "blue"  // working
	Green Color = "green" // done, active, accepted
	Amber Color = "amber" // deferred, held, expiring
	Red   Color = "red"   // failed, blocked
)

// State is a word with a dot. Part "state".
type State struct {
	Color Color
	Word  string
}

// Moment is a time: relative for people, exact on hover, in the reader's zone.
// Part "moment".
type Moment struct {
	At  time.Time // in the zone of the reader
	Now time.Time // when the page was made
	In  words.Language
}

// Known reports whether the moment is set.
func (m Moment) Known() bool { return !m.At.IsZero() }

// Machine is the moment for programs.
func (m Moment) Machine() string { return m.At.UTC().Format(time.RFC3339) }

// Exact is the moment for people, with its zone.
func (m Moment) Exact() string { return m.In.Exact(m.At) }

// Text is the moment to the minute, with its zone.
func (m Moment) Text() string { return m.In.Moment(m.At) }

// Day is the day of the moment.
func (m Moment) Day() string { return m.In.Day(m.At) }

// Clock is the time of day of a moment that is near, with its zone.
func (m Moment) Clock() string { return m.At.Format("15:04 MST") }

// Relative is how far away the moment is, in one unit; beyond a month it is the
// day.
func (m Moment) Relative() string {
	if m.Now.IsZero() {
		return m.Text()
	}
	d := m.Now.Sub(m.At)
	form := "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	switch {
	case d < 5*time.Second:
		return m.In.Say("just now")
	case d >= 30*24*time.Hour:
		return m.Day()
	}
	return m.In.Say(form, about(d, m.In))
}

// About is a length of time for people, in one unit: 41 s, 3 min, 2 h, 5 days.
func About(d time.Duration) string { return about(d, words.English) }

func about(d time.Duration, in words.Language) string {
	switch {
	case d < time.Minute:
		return in.Say("%d s", int(d.Seconds()))
	case d < time.Hour:
		return in.Say("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return in.Say("%d h", int(d.Hours()))
	default:
		return in.Say("%d days", int(d.Hours()/24))
	}
}

// Person is a system user in a list. Part "person".
type Person struct {
	ID      string
	Name    string // may be ""
	Address string
	// Gone: there is no such system user, or no longer. Address is the text that was
	// given.
	Gone bool
	// Note follows the address; may be "".
	Note string
}

// PersonOf returns u as a list shows them.
func PersonOf(u rekey.SystemUser) Person { return Person{ID: u.ID, Name: u.Name(), Address: u.Address} }

// Shown is the name, or the address of somebody without a name.
func (p Person) Shown() string {
	if p.Name == "" {
		return p.Address
	}
	return p.Name
}

// Empty is shown instead of an empty list, with the first step. Part "empty".
type Empty struct {
	Icon, Title, Text string
	Action            Link // may be empty
}

// Pager links the pages of a list. Part "pager".
type Pager struct {
	// Total is how many there are, in words: "1,240 system users".
	Total      string
	Prev, Next string // addresses; "" where there is none
	// Rows are the choices of how many entries a page has; none for a short list. Shown
	// is the chosen one, "" for the default.
	Rows  []Tab
	Shown string
}

// Heading is the head of a column that sorts a list. Part "heading".
type Heading struct {
	Text, Href string
	Sort       string // "ascending" or "descending" if the list is sorted by it
}

// Tab is one of the views of a page. Part "tabs" takes a list of them.
type Tab struct {
	Text, Href string
	Active     bool
	Count      string // "" for none
	// Live is the server-sent event that updates the count; "" for none.
	Live string
}

// Fact is a label with its value. Part "facts" takes a list of them.
type Fact struct {
	Label string
	Text  string
	// Instead of Text:
	Moment *Moment
	State  *State
	Person *Person
	Link   *Link
	Code   string // copied with one click
}

// Action is a link or a button. Part "action" makes a link of Href, for a page that
// asks first, and a button of Post, for an action that is done at once.
type Action struct {
	Text   string
	Icon   string
	Href   string // a page that asks, or where to go
	Post   string // where it is sent
	Danger bool
	// Primary: what most people want here.
	Primary bool
	// Edits: the key e does it, too.
	Edits bool
}

// Count is a number as people read it: 1,240.
func Count[N int | int64](n N) string { return inEnglish.Sprint(n) }

var inEnglish = message.NewPrinter(language.English)

// Plural is a number with its word: 1 person, 1,240 people.
func Plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}
