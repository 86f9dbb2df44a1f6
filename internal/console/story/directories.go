package story

import (
	"time"

	"rekey/internal/console/view"
)

// directories are the pages of directories, and those that have more where there is one.
func directories() []Story {
	at := func(ago time.Duration) *view.Moment { m := moment(ago); return &m }
	framed := func(title string) view.Frame {
		f := inside(title, "/directories")
		f.Me.Directories = true
		return f
	}
	healthy := view.DirectoryCard{
		Name: "staff", Href: "/directories/staff", Health: view.State{Color: view.Green, Word: "Imported 3 min ago"},
		Facts: []view.Fact{
			{Label: "Kind", Text: "Active Directory"}, {Label: "Servers", Text: "ldaps://dc1.example.org, ldaps://dc2.example.org"},
			{Label: "Last import", Moment: at(3 * time.Minute)}, {Label: "Last complete import", Moment: at(11 * time.Hour)}, {Label: "System users", Text: "12,480"},
		},
		Lists: []view.DirectoryList{
			{Link: view.Link{Text: "No way in", Href: "/directories/staff?reason=no_way_in"}, Count: "2", About: "They cannot log in: their old password was revoked and their address changed since. Ask them whether the new address is theirs, confirm it on the page of the system user, and send them a new password."},
			{Link: view.Link{Text: "Conflicts", Href: "/directories/staff?reason=address_taken"}, Count: "3", About: "Their address belongs to another system user here, who keeps it. Give one of the two another address, then import again."},
			{Link: view.Link{Text: "Without address", Href: "/directories/staff?reason=no_address"}, Count: "1,204", About: "They have no email address in the directory, so no mail can reach them. Enter one there."},
			{Link: view.Link{Text: "Protected", Href: "/directories/staff?reason=protected"}, Count: "7", About: "These accounts have power over the directory. Rekey never sets their passwords, whatever the settings say."},
		},
		Waiting: "12,480 events wait to be released. Rekey holds back the events of the first import, and more than 100 of one kind in any other.",
		Release: view.Link{Text: "Release 12,480 events", Href: "/directories/staff/release"},
		Actions: []view.Action{{Text: "Import now", Icon: "refresh", Post: "/directories/staff/import"}, {Text: "Test", Icon: "circle-check", Post: "/directories/staff/test"}},
	}
	failing := healthy
	failing.Name, failing.Href, failing.Waiting, failing.Release = "branch-office_of-Hohenstein-Langenburg", "/directories/branch", "", view.Link{}
	failing.Health, failing.Since = view.State{Color: view.Red, Word: "Imports fail"}, moment(5*time.Hour)
	failing.Problem = "The directory branch looks like a mistake: 12 of 220 people are missing. Nobody was blocked. If this is right, remove them in smaller steps."
	failing.Again = "Rekey tries a complete import again one hour after it failed, or at once when a Manager imports by hand."
	failing.Facts, failing.Lists, failing.Actions = append([]view.Fact{{Label: "Kind", Text: "OpenLDAP"}, {Label: "Servers", Text: "ldap://" + longWord + ".example.org"}}, healthy.Facts[2:]...), nil, nil
	fresh := failing
	fresh.Name, fresh.Health, fresh.Problem, fresh.Since = "kiosks", view.State{Color: view.Grey, Word: "Not imported yet"}, "", view.Moment{}
	fresh.Facts = append(fresh.Facts[:2:2], []view.Fact{{Label: "Last import", Text: "never"}, {Label: "Last complete import", Text: "never"}, {Label: "System users", Text: "0"}}...)
	list := view.Directories{Frame: framed("Directories"), List: []view.DirectoryCard{healthy, failing, fresh}}

	entries := view.Directory{
		Frame: framed("staff"), About: "Their address belongs to another system user here, who keeps it. Give one of the two another address, then import again.",
		Tabs: []view.Tab{
			{Text: "All", Href: "/directories/staff"}, {Text: "Conflicts", Href: "/directories/staff?reason=address_taken", Active: true, Count: "3"},
			{Text: "Without address", Href: "/directories/staff?reason=no_address", Count: "1,204"}, {Text: "Bad address", Href: "/directories/staff?reason=bad_address", Count: "2"},
			{Text: "Protected", Href: "/directories/staff?reason=protected", Count: "7"}, {Text: "Changed address", Href: "/directories/staff?reason=address_changed", Count: "1"},
			{Text: "Missing", Href: "/directories/staff?reason=missing", Count: "4"},
		},
		Rows: []view.DirectoryRow{
			{Address: "ada@example.org", Key: "9f1c2f0e-6d4b-4b5a-9a53-0d9d2a1c7e10", Reason: "Somebody else here has its address.", Person: view.Person{ID: "1", Name: "Ada Byron", Address: "ada@example.org", Note: "has this address here"}, Seen: moment(20 * day)},
			{Key: "1a2b3c4d-0000-4b5a-9a53-0d9d2a1c7e11", Reason: "Not imported: it has no address in the directory.", Seen: moment(2 * day)},
			{Address: longWord + "@" + longWord[:40] + ".example.org", Key: "1a2b3c4d-0000-4b5a-9a53-0d9d2a1c7e12", Reason: "Blocked: the directory no longer has it.", Person: view.Person{ID: "2", Name: arabicName, Address: "musa@example.org"}, Seen: moment(400 * day), Missing: moment(5 * time.Hour)},
			{Address: scriptName, Key: "1a2b3c4d-0000-4b5a-9a53-0d9d2a1c7e13", Reason: "Not imported: its address in the directory is no email address.", Seen: moment(day)},
		},
		Pager: view.Pager{Total: "3 entries"},
	}
	entries.Wide, entries.Crumbs = true, []view.Link{{Text: "Directories", Href: "/directories"}}
	none := entries
	none.Rows, none.About = nil, ""
	return []Story{{"directories", list}, {"directory", entries}, {"directory-empty", none}, {"directory-test", directoryTest(framed)},
		{"directory-release", releaseQuestion(framed)}}
}

func directoryTest(framed func(string) view.Frame) view.DirectoryTest {
	good, look, wrong := view.State{Color: view.Green, Word: "Good"}, view.State{Color: view.Amber, Word: "Check"}, view.State{Color: view.Red, Word: "Wrong"}
	page := view.DirectoryTest{
		Frame: framed("Test of staff"), Again: view.Action{Text: "Test again", Icon: "refresh", Post: "/directories/staff/test"},
		Findings: []view.DirectoryFinding{
			{Check: "Server", State: good, Found: "ldaps://dc1.example.org: TLS with a certificate for dc1.example.org, for 81 days more; logged in; takes the writes."},
			{Check: "Server", State: look, Found: "ldaps://" + longWord + ".example.org: dial tcp 192.0.2.7:636: connect: connection refused", Advice: "Check the setting addresses; ca_file, if the certificate is from an authority of your own; and that no firewall stops the connection."},
			{Check: "Clock", State: wrong, Found: "The clock of ldaps://dc1.example.org is 7m0s ahead of Rekey's.", Advice: "Set both clocks, and keep them right with NTP."},
			{Check: "Policy", State: good, Found: "The policy of most accounts: at least 14 characters; three kinds of characters, and no part of the name with three letters or more. Rekey's page asks for the same."},
			{Check: "Rights", State: wrong, Found: "Rekey's account may not: reset passwords, write pwdLastSet and write lockoutTime (tried on CN=Grace Hopper,OU=" + longWord + ",DC=example,DC=org).", Advice: "docs/directories.md has the commands that give the account of bind_dn exactly the rights that it needs."},
			{Check: "Accounts", State: good, Found: "13,691 accounts: 0 without an email address, 61 programs, 7 protected, 212 blocked."},
			{Check: "Programs", State: good, Found: "44 accounts count as a program by (servicePrincipalName=*)."},
		},
	}
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Directories", Href: "/directories"}}
	return page
}

func releaseQuestion(framed func(string) view.Frame) view.Ask {
	page := view.Ask{
		Frame: framed("Release 12,480 events?"), Post: "/directories/staff/release", Button: "Release 12,480 events", Danger: true, Back: view.Link{Text: "Back to the directories", Href: "/directories"},
		Text: []string{
			"The directory staff brought many changes at once. Their events wait, and start automations when you release them. Those that are no longer true are dropped.",
			"System user is created: 2 active automations wait for this event: 'New colleague' and '" + longWord + "'.", "Ceilings of automations still hold runs that would reach too many people.",
		},
		Confirm: &view.Field{Name: "count", Label: "To confirm, type the number of events", Max: 10},
	}
	page.Crumbs = []view.Link{{Text: "Directories", Href: "/directories"}}
	return page
}
