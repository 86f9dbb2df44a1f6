package console

import (
	"net/http"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/directory"
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
	page.Text = []string{"The directory " + d.Name + " brought many people at once. One event for each of them waits, and starts automations when you release it."}
	for _, event := range []string{rekey.UserCreated, rekey.UserRestored} {
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
	page := view.DirectoryTest{
		Frame: c.frame(r, "Test of "+name, directoriesPath), Unreachable: report.Address == "", Missing: report.MissingRights, Surplus: report.SurplusRights,
		Sample: report.Sample, Policy: policyFacts(report.Policy), Counts: countFacts(report.Counts), Again: view.Action{Text: "Test again", Icon: "refresh", Post: r.URL.Path},
	}
	page.Crumbs, page.Wide = directoryCrumbs(), true
	for _, s := range report.Servers {
		page.Servers = append(page.Servers, c.serverRow(r, s, report.Address))
	}
	if ahead := report.ClockAhead; ahead.Abs() > maxClock {
		page.Warnings = append(page.Warnings, "The clock of the directory is "+view.Took(ahead.Abs())+" off. Set both clocks by NTP.")
	}
	if report.NoPolicy {
		page.Warnings = append(page.Warnings, "The server has no overlay ppolicy, so Rekey does not see when others change a password.")
	}
	for _, rule := range sortedKeys(report.Counts.ByRule) {
		page.Rules = append(page.Rules, view.Fact{Label: rule, Text: view.Count(report.Counts.ByRule[rule])})
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) serverRow(r *http.Request, s directory.ServerReport, writes string) view.DirectoryServer {
	row := view.DirectoryServer{
		Address: s.Address, State: view.State{Color: view.Green, Word: "Answers"}, Certificate: c.moment(r, s.CertificateUntil), Names: strings.Join(s.CertificateNames, ", "),
	}
	switch {
	case s.Err != nil:
		row.State, row.Why = view.State{Color: view.Red, Word: "Cannot be used"}, s.Err.Error()
	case s.ReadOnly:
		row.State = view.State{Color: view.Amber, Word: "Read-only"}
	case s.Address == writes:
		row.State.Word = "Answers, takes the writes"
	}
	return row
}
