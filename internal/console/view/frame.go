package view

// Frame is what every page has.
type Frame struct {
	Title  string
	System string // what people know this installation by
	// Lang is the language of the page, and Skip and LeaveText are the words of its
	// links to the content and out; "" is English.
	Lang, Skip, LeaveText string
	// Notice says what has just been done; "" is nothing.
	Notice string
	// Problem is what was wrong with the form that was sent.
	Problem Problem
	// Path is where the page stands, with its query.
	Path string
	// Theme is "light" or "dark" if the reader chose one, "" for the system's.
	Theme string
	// Me is who came in; nil where nobody did, or where nothing but the change
	// of password is open.
	Me *Me
	// In: there is a session to leave.
	In bool
	// Section is the part of the navigation that the page belongs to: the path
	// of its entry.
	Section string
	// Crumbs lead back: the pages above this one, from the top.
	Crumbs []Link
	// Alarm is shown on every page while it lasts, as when mail cannot be sent.
	Alarm *Alarm
	// Paused is shown on every page while sending is paused.
	Paused *Paused
	// Wide: the page uses the whole width that there is for content, and not
	// that of a form.
	Wide bool
}

// outside reports whether the page is shown without navigation.
func (f Frame) outside() bool { return f.Me == nil }

// Me is the reader of a page.
type Me struct {
	Name    string // or the address of somebody without a name
	Address string
	Role    string // in words
	// Rank decides what is offered: 0 Member, 1 Operator, 2 Manager, 3 Administrator.
	Rank int
	// Shortcuts: single keys do things (WCAG 2.2, 2.1.4: they can be switched off).
	Shortcuts bool
}

// Link is a place to go to.
type Link struct{ Text, Href string }

// Alarm is something that concerns everybody who watches.
type Alarm struct {
	Text string
	Link Link // where to look; may be empty
}

// Paused is the pause that is on.
type Paused struct {
	Since Moment
	// By is who paused, Reason why, Waiting how much waits for its end. By and Reason
	// may be "".
	By, Reason, Waiting string
	MayResume           bool
	// Member is what Members are told instead, in their language.
	Member *PausedForMember
}

// PausedForMember says that sending is paused.
type PausedForMember struct{ Lang, Paused, Since, Wait string }

// MayPause reports whether the reader is offered to pause everything that sends.
func (f Frame) MayPause() bool { return f.Paused == nil && f.Me != nil && f.Me.Rank == 3 }

// NavGroup is a group of entries of the navigation.
type NavGroup struct {
	Title   string // "" for none
	Entries []NavEntry
}

// NavEntry is one entry of the navigation.
type NavEntry struct {
	Text, Href, Icon string
	Active           bool
	// Keys is what follows g to go there; "" for none.
	Keys string
}

// Nav returns the navigation as it is offered to the reader.
func (f Frame) Nav() []NavGroup {
	if f.Me == nil {
		return nil
	}
	groups := []NavGroup{{Entries: []NavEntry{{Text: "Account", Href: "/account", Icon: "user"}}}}
	if f.Me.Rank >= 1 {
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
				{Text: "Mail", Href: "/mail", Icon: "mail", Keys: "m"},
			}},
			{"People", []NavEntry{{Text: "System users", Href: "/users", Icon: "users", Keys: "u"}}},
		}
	}
	for g := range groups {
		for e := range groups[g].Entries {
			groups[g].Entries[e].Active = groups[g].Entries[e].Href == f.Section
		}
	}
	return groups
}
