package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/directory"
)

const directoriesPath = "/directories"

func directoryPath(name string) string { return directoriesPath + "/" + name }

// entriesPath is the page of the entries of a directory with a reason.
func entriesPath(name string, reason rekey.EntryReason) string {
	return directoryPath(name) + "?reason=" + string(reason)
}

// directoryCrumbs lead back from a page about a directory.
func directoryCrumbs() []view.Link { return []view.Link{{Text: "Directories", Href: directoriesPath}} }

// directoryLists are the lists of entries, in the order in which they are shown.
var directoryLists = []struct {
	reason    rekey.EntryReason
	tab, list string
}{
	{rekey.EntryNoWayIn, "No way in", "They cannot log in: their old password was revoked and their address changed since. Ask them whether the new address is theirs, confirm it on the page of the system user, and send them a new password."},
	{rekey.EntryConflict, "Conflicts", "Their address belongs to another system user here, who keeps it. Give one of the two another address, then import again."},
	{rekey.EntryNoAddress, "Without address", "They have no email address in the directory, so no mail can reach them. Enter one there."},
	{rekey.EntryBadAddress, "Bad address", "Their address in the directory is no valid email address. Correct it there."},
	{rekey.EntryProtected, "Protected", "These accounts have power over the directory. Rekey never sets their passwords, whatever the settings say."},
	{rekey.EntryAddressChanged, "Changed address", "Their address changed in the directory. No password goes there for 72 hours, unless somebody of a higher rank confirms it on the page of the system user."},
	{rekey.EntryMissing, "Missing", "Complete imports no longer found them below the base, so they are blocked here. They are restored when they are there again."},
}

var directoryKinds = map[directory.Kind]string{
	directory.AD: "Active Directory", directory.OpenLDAP: "OpenLDAP", directory.DS389: "389 Directory Server (import only)",
}

func (c *Console) listDirectories(w http.ResponseWriter, r *http.Request) error {
	return c.showDirectories(w, r, view.Problem{})
}

func (c *Console) showDirectories(w http.ResponseWriter, r *http.Request, p view.Problem) error {
	found, err := c.Admin.Directories(r.Context(), actor(r))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNoPage
	}
	page := view.Directories{Frame: c.frame(r, "Directories", directoriesPath)}
	page.Problem = p
	for _, d := range found {
		page.List = append(page.List, c.directoryCard(r, d))
	}
	c.show(w, r, max(p.Status, http.StatusOK), page)
	return nil
}

func (c *Console) directoryCard(r *http.Request, d admin.DirectoryView) view.DirectoryCard {
	path := directoryPath(d.Name)
	card := view.DirectoryCard{
		Name: d.Name, Href: path, Health: c.directoryHealth(r, d), Problem: d.Problem, Since: c.moment(r, d.ProblemSince), Again: triedAgain(d.DirectoryState),
		Facts: []view.Fact{
			{Label: "Kind", Text: cmp.Or(directoryKinds[d.Kind], string(d.Kind))}, {Label: "Servers", Text: strings.Join(d.Addresses, ", ")},
			{Label: "Last import", Text: "never", Moment: known(c.moment(r, d.SyncedAt))}, {Label: "Last complete import", Text: "never", Moment: known(c.moment(r, d.FullAt))},
			{Label: "System users", Text: view.Count(d.Counts.Users)},
		},
	}
	for _, l := range directoryLists {
		if n := d.Counts.Reasons[l.reason]; n > 0 {
			card.Lists = append(card.Lists, view.DirectoryList{Link: view.Link{Text: l.tab, Href: entriesPath(d.Name, l.reason)}, Count: view.Count(n), About: l.list})
		}
	}
	if n := d.Counts.Withheld; n > 0 {
		card.Waiting = view.Plural(n, "event waits", "events wait") + " to be released. Rekey holds back the events of the first import, and more than 100 of one kind in any other."
		if actor(r).Authority().MayAdminister() {
			card.Release = view.Link{Text: "Release " + view.Plural(n, "event", "events"), Href: path + "/release"}
		}
	}
	if actor(r).Authority().Rank >= rekey.RankManager {
		card.Actions = []view.Action{
			{Text: "Import now", Icon: "refresh", Post: path + "/import"}, {Text: "Test", Icon: "circle-check", Post: path + "/test"},
		}
	}
	return card
}

// triedAgain says when Rekey tries the import again after a failure.
func triedAgain(d rekey.DirectoryState) string {
	if d.TriedAt.IsZero() {
		return "Rekey tries again every 5 minutes."
	}
	return "Rekey tries a complete import again one hour after it failed, or at once when a Manager imports by hand."
}

func (c *Console) directoryHealth(r *http.Request, d admin.DirectoryView) view.State {
	switch {
	case d.Problem != "":
		return view.State{Color: view.Red, Word: "Imports fail"}
	case d.SyncedAt.IsZero():
		return view.State{Color: view.Grey, Word: "Not imported yet"}
	default:
		return view.State{Color: view.Green, Word: "Imported " + c.moment(r, d.SyncedAt).Relative()}
	}
}

// showDirectory lists the entries of a directory that were not imported or are special.
func (c *Console) showDirectory(w http.ResponseWriter, r *http.Request) error {
	name, filters := r.PathValue("name"), filtersOf(r, "reason")
	reason, path := rekey.EntryReason(filters.Get("reason")), directoryPath(name)
	d, err := c.directoryNamed(r, name)
	if err != nil {
		return err
	}
	found, err := c.Admin.DirectoryEntries(r.Context(), actor(r), name, reason, place(r))
	if err != nil {
		return err
	}
	page := view.Directory{Frame: c.frame(r, name, directoriesPath), Pager: pager(r, path, filters, found, "entry", "entries")}
	page.Crumbs, page.Wide = directoryCrumbs(), true
	page.Tabs = []view.Tab{{Text: "All", Href: path, Active: reason == ""}}
	for _, l := range directoryLists {
		if n := d.Counts.Reasons[l.reason]; n > 0 || l.reason == reason {
			page.Tabs = append(page.Tabs, view.Tab{Text: l.tab, Href: entriesPath(d.Name, l.reason), Active: l.reason == reason, Count: view.Count(n)})
		}
		if l.reason == reason {
			page.About = l.list
		}
	}
	if page.Rows, err = c.directoryRows(r, found.Entries); err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// directoryNamed returns a directory of the settings.
func (c *Console) directoryNamed(r *http.Request, name string) (admin.DirectoryView, error) {
	found, err := c.Admin.Directories(r.Context(), actor(r))
	if err != nil {
		return admin.DirectoryView{}, err
	}
	i := slices.IndexFunc(found, func(d admin.DirectoryView) bool { return d.Name == name })
	if i < 0 {
		return admin.DirectoryView{}, errNoPage
	}
	return found[i], nil
}

func (c *Console) directoryRows(r *http.Request, entries []rekey.DirectoryEntry) (rows []view.DirectoryRow, err error) {
	subjects := make([]string, len(entries))
	for i, e := range entries {
		if subjects[i] = e.UserID; e.UserID == "" {
			subjects[i] = e.Address
		}
	}
	people, err := c.Admin.FindUsers(r.Context(), actor(r), subjects)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		row := view.DirectoryRow{
			Address: e.Address, Key: e.Key, Reason: inSentence(e.ReasonText()),
			Seen: c.moment(r, e.SeenAt), Missing: c.moment(r, e.MissingSince),
		}
		if u, ok := people[subjects[i]]; ok && (e.UserID != "" || e.Reason == rekey.EntryConflict) {
			if row.Person = view.PersonOf(u); e.UserID == "" {
				row.Person.Note = "has this address here"
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
