package console

import (
	"net/http"
	"strconv"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func init() {
	notices["directory-imported"] = "The import is done."
	notices["events-released"] = "The events are released. Automations that wait for them have started."
}

func (c *Console) importDirectory(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Admin.ImportDirectory(r.Context(), actor(r), r.PathValue("name"), false, false); err != nil {
		return c.showAgain(w, err, func(p view.Problem) error { return c.showDirectories(w, r, p) })
	}
	http.Redirect(w, r, directoriesPath+"?notice=directory-imported", http.StatusSeeOther)
	return nil
}

func (c *Console) askRelease(w http.ResponseWriter, r *http.Request) error {
	return c.showRelease(w, r, "", nil)
}

// showRelease asks before events are released. failed is the error of the last attempt,
// or nil.
func (c *Console) showRelease(w http.ResponseWriter, r *http.Request, typed string, failed error) error {
	d, err := c.directoryNamed(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	waiting := view.Plural(d.Counts.Withheld, "event", "events")
	page := view.Ask{
		Frame: c.frame(r, "Release "+waiting+"?", directoriesPath), Post: r.URL.Path, Button: "Release " + waiting, Danger: true,
		Back:    view.Link{Text: "Back to the directories", Href: directoriesPath},
		Confirm: &view.Field{Name: "count", Label: "To confirm, type the number of events", Value: typed, Max: 10},
	}
	page.Crumbs = directoryCrumbs()
	if d.Counts.Withheld == 0 {
		page.Refused = "No event of the directory " + d.Name + " waits."
	}
	page.Text = []string{"The directory " + d.Name + " brought many changes at once. Their events wait, and start automations when you release them. Those that are no longer true are dropped."}
	for _, event := range []string{rekey.UserCreated, rekey.UserRestored, rekey.UserWasBlocked, rekey.UserLocked, rekey.PasswordExpiring} {
		waits, err := c.waitsFor(r.Context(), actor(r), rekey.Event{Type: event})
		if err != nil {
			return err
		}
		if t, _ := rekey.FindEventType(event); waits != "" {
			page.Text = append(page.Text, t.Label+": "+waits)
		}
	}
	page.Text = append(page.Text, "Ceilings of automations still hold runs that would reach too many people.")
	if failed == nil {
		c.show(w, r, http.StatusOK, page)
		return nil
	}
	return c.showAgain(w, failed, func(p view.Problem) error {
		page.Problem, page.Confirm.Errors = p, p.Of("count")
		c.show(w, r, p.Status, page)
		return nil
	})
}

func (c *Console) release(w http.ResponseWriter, r *http.Request) error {
	typed, err := form.ReadCount(w, r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(typed)
	if err != nil {
		return c.showRelease(w, r, typed, rekey.Invalid("count", "Type the number of events that wait, such as 120."))
	}
	if err := c.Admin.ReleaseEvents(r.Context(), actor(r), r.PathValue("name"), n); err != nil {
		return c.showRelease(w, r, typed, err)
	}
	http.Redirect(w, r, directoriesPath+"?notice=events-released", http.StatusSeeOther)
	return nil
}

// testDirectory asks the servers of a directory, and shows what it found.
func (c *Console) testDirectory(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	report, err := c.Admin.TestDirectory(r.Context(), actor(r), name)
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error { return c.showDirectories(w, r, p) })
	}
	page := view.DirectoryTest{Frame: c.frame(r, "Test of "+name, directoriesPath), Again: view.Action{Text: "Test again", Icon: "refresh", Post: r.URL.Path}}
	page.Crumbs, page.Wide = directoryCrumbs(), true
	for _, f := range report.Findings(c.Clock()) {
		page.Findings = append(page.Findings, view.DirectoryFinding{Check: capital(f.Check), State: findingStates[f.Health], Found: f.Found, Advice: f.Advice})
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

var findingStates = map[rekey.Health]view.State{
	rekey.Well:     {Color: view.Green, Word: "Good"},
	rekey.Doubtful: {Color: view.Amber, Word: "Check"},
	rekey.Ill:      {Color: view.Red, Word: "Wrong"},
}
