package view

import "rekey/internal/console/words"

// Frame has the parts of every page.
type Frame struct {
	Title  string
	System string // the name of this installation
	// Language is what the template says its texts in. The handler says all others.
	Language words.Language
	// Notice says what was just done; "" for nothing. Warned: it was not done.
	Notice string
	Warned bool
	// Problem has the errors of the form that was sent.
	Problem Problem
	// Path is the path of the page, with its query.
	Path string
	// Theme is "light" or "dark" if the reader chose one, "" for the system's.
	Theme string
	// Me is the reader; nil without a session, or if the session opens only the change
	// of password.
	Me *Me
	// For is the id of the user whom the page is made for; "" for visitors.
	For string
	// In: there is a session to leave.
	In bool
	// Section is the path of the page's entry in the navigation.
	Section string
	// Crumbs link to the pages above this one, from the top.
	Crumbs []Link
	// Alarm is a warning on every page, such as that mail cannot be sent; nil for none.
	Alarm *Alarm
	// Paused is the pause that every page shows; nil without a pause.
	Paused *Paused
	// Wide: the page uses the whole width, not that of a form.
	Wide bool
}

// madeFor is the id of the user whom the page is made for.
func (f Frame) madeFor() string { return f.For }

func (f Frame) language() words.Language { return f.Language }

// outside reports whether the page is shown without navigation.
func (f Frame) outside() bool { return f.Me == nil }

// Me is the reader of a page.
type Me struct {
	Name    string // or the address of somebody without a name
	Address string
	Role    string // in words
	// Defines and Administers say what the page offers: see rekey.Authority.
	Defines, Administers bool
	// Directories: the settings have a directory.
	Directories bool
	// Shortcuts: single keys are on (WCAG 2.2, 2.1.4: users can switch them off).
	Shortcuts bool
}

// Link is a link of a page.
type Link struct{ Text, Href string }

// Alarm is a warning for all readers.
type Alarm struct {
	Text string
	Link Link // where to look; may be empty
}

// Paused is the present pause.
type Paused struct {
	Since Moment
	// By is the user who paused. Waiting says how many runs and deliveries wait. By and
	// Reason may be "".
	By, Reason, Waiting string
	MayResume           bool
	// ForMember: a Member reads it, who needs to know only what it means for them.
	ForMember bool
}

// MayPause reports whether the page offers the reader to pause sending.
func (f Frame) MayPause() bool { return f.Paused == nil && f.Me != nil && f.Me.Administers }

// NavGroup is a group of entries of the navigation.
type NavGroup struct {
	Title   string // "" for none
	Entries []NavEntry
}

// NavEntry is one entry of the navigation.
type NavEntry struct {
	Text, Href, Icon string
	Active           bool
	// Keys is the key after g that opens the entry; "" for none.
	Keys string
}

// Nav returns the navigation of the reader.
func (f Frame) Nav() []NavGroup {
	if f.Me == nil {
		return nil
	}
	groups := []NavGroup{{Entries: []NavEntry{{Text: "Account", Href: "/account", Icon: "user"}}}}
	if f.Me.Defines {
		groups = []NavGroup{
			{"", []NavEntry{{Text: "Overview", Href: "/", Icon: "dashboard", Keys: "o"}}},
			{"Define", []NavEntry{
				{Text: "Automations", Href: "/automations", Icon: "bolt", Keys: "a"},
				{Text: "Selections", Href: "/selections", Icon: "filter", Keys: "s"},
				{Text: "Catalogue", Href: "/catalogue", Icon: "book-2", Keys: "c"},
			}},
			{"Watch", []NavEntry{
				{Text: "Runs", Href: "/runs", Icon: "player-play", Keys: "r"},
				{Text: "Events", Href: "/events", Icon: "history", Keys: "e"},
				{Text: "Report", Href: "/report", Icon: "eye"},
				{Text: "Mail", Href: "/mail", Icon: "mail", Keys: "m"},
			}},
			{"People", []NavEntry{{Text: "System users", Href: "/users", Icon: "users", Keys: "u"}}},
		}
		if people := &groups[len(groups)-1]; f.Me.Directories {
			people.Entries = append(people.Entries, NavEntry{Text: "Directories", Href: "/directories", Icon: "key"})
		}
	}
	for g := range groups {
		for e := range groups[g].Entries {
			groups[g].Entries[e].Active = groups[g].Entries[e].Href == f.Section
		}
	}
	return groups
}
