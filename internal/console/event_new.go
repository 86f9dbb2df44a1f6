package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// peopleReached is how many people that a test event would reach are named.
const peopleReached = 10

func (c *Console) newEvent(w http.ResponseWriter, r *http.Request) error {
	f, err := c.eventAgain(r)
	if err != nil {
		return err
	}
	return c.showNewEvent(w, r, http.StatusOK, f, view.Problem{})
}

// eventAgain is the form filled from an earlier event, with what the actor may see.
func (c *Console) eventAgain(r *http.Request) (form.TestEvent, error) {
	var f form.TestEvent
	id := r.URL.Query().Get("again")
	if id == "" {
		return f, nil
	}
	e, err := c.Admin.Event(r.Context(), actor(r), id)
	if err != nil || e.Type != rekey.External {
		return f, err
	}
	people, err := c.Admin.FindUsers(r.Context(), actor(r), e.Users)
	for _, subject := range e.Users {
		if u, known := people[subject]; known {
			f.Users = append(f.Users, u.Address)
		}
	}
	f.Name, f.Text = e.Name, strings.Join(f.Users, "\n")
	data, _ := dataText(e)
	f.Data = []byte(data)
	return f, err
}

func (c *Console) showNewEvent(w http.ResponseWriter, r *http.Request, status int, f form.TestEvent, p view.Problem) error {
	would, err := c.wouldStart(r, f)
	if err != nil {
		return err
	}
	names, err := c.offeredNames(r)
	if err != nil {
		return err
	}
	page := view.NewEvent{Frame: c.frame(r, "Post a test event", eventsPath), Source: rekey.TestSource(actor(r).ID), Names: names, Would: would}
	page.Wide, page.Crumbs, page.Problem = true, []view.Link{{Text: "Events", Href: eventsPath}}, p
	page.Name = view.Field{Name: "name", Label: "Name", Value: f.Name, Code: true, Max: rekey.MaxEventName, List: "names", Focus: !p.Any() && f.Name == "",
		Hint: "The name that another system would use, such as siem.credential_leaked.", Errors: p.Of("name")}
	page.Users = view.Field{Name: "users", Label: "System users involved", Kind: "textarea", Value: f.Text, Suggest: "/users/suggest", Optional: true, Max: 400_000, Code: true,
		Hint: "One address or id per line, such as ada@example.org.", Errors: p.Of("users")}
	page.Data = view.Field{Name: "data", Label: "Data", Kind: "textarea", Value: string(f.Data), Optional: true, Max: 64 << 10, Code: true, Rows: 5,
		Hint: `A JSON object, such as {"ticket": "4711"}. It is stored with the event, but not mailed.`, Errors: p.Of("data")}
	c.show(w, r, status, page)
	return nil
}

// offeredNames are the names of external events in automations, and of recent
// external events.
func (c *Console) offeredNames(r *http.Request) ([]string, error) {
	automations, err := c.Admin.Automations(r.Context(), actor(r), rekey.AutomationQuery{EventType: rekey.External}, admin.Place{Limit: admin.MaxPage})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, a := range automations.Entries {
		if name := a.EventFilter.Name; name.Operator == rekey.OpEquals && rekey.ValidEventName(name.Value) {
			names = append(names, name.Value)
		}
	}
	lately, err := c.Admin.Events(r.Context(), actor(r), rekey.External, admin.Place{Uncounted: true})
	for _, e := range lately.Entries {
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

func testEvent(f form.TestEvent) admin.TestEvent {
	return admin.TestEvent{Name: f.Name, Users: f.Users, Data: f.Data}
}

// previewEvent says what the event of the form would do: beside the form during
// typing or, without script, on the whole page.
func (c *Console) previewEvent(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadTestEvent(w, r)
	if err != nil {
		return err
	}
	if r.Header.Get("HX-Request") == "" {
		return c.showNewEvent(w, r, http.StatusOK, f, view.Problem{})
	}
	would, err := c.wouldStart(r, f)
	if err != nil {
		return err
	}
	c.showPart(w, r, view.NewEvent{Would: would}, "would-again")
	return nil
}

// postEvent posts the event, and leads to its run or, unless there is exactly one,
// to the event.
func (c *Console) postEvent(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadTestEvent(w, r)
	if err != nil {
		return err
	}
	posted, err := c.Admin.PostTestEvent(r.Context(), actor(r), testEvent(f))
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			p.Fields = onLines(p.Fields, f)
			return c.showNewEvent(w, r, p.Status, f, p)
		})
	}
	to := eventsPath + "/" + posted.Event.ID
	if len(posted.Runs) == 1 {
		to = runsPath + "/" + posted.Runs[0].ID
	}
	http.Redirect(w, r, to+"?notice=event-posted", http.StatusSeeOther)
	return nil
}

// onLines adds the line number to the errors about people.
func onLines(problems []rekey.FieldError, f form.TestEvent) []rekey.FieldError {
	var list []rekey.FieldError
	for _, p := range problems {
		if inner, found := strings.CutPrefix(p.Field, "users["); found {
			i, _ := strconv.Atoi(strings.TrimSuffix(inner, "]"))
			if i < len(f.Lines) {
				p.Message = fmt.Sprintf("Line %d, %s: %s", f.Lines[i], f.Users[i], p.Message)
			}
			p.Field = "users"
		}
		list = append(list, p)
	}
	return list
}

// wouldStart is what the event of a form would start; nil while it has no name.
func (c *Console) wouldStart(r *http.Request, f form.TestEvent) (*view.WouldStart, error) {
	if f.Name == "" {
		return nil, nil
	}
	preview, err := c.Admin.PreviewTestEvent(r.Context(), actor(r), testEvent(f))
	if err != nil {
		return nil, err
	}
	would := &view.WouldStart{Text: "No active automation uses this event, so no run would start."}
	for _, p := range onLines(preview.Problems, f) {
		if would.Wrong = append(would.Wrong, p.Message); p.Field == "name" {
			would.Text = "This event cannot be posted yet."
		}
	}
	people := map[string]bool{}
	for _, match := range preview.Matches {
		would.Matches = append(would.Matches, c.wouldRun(r, match))
		if match.Automation.Status == rekey.AutomationTrial {
			continue // it would send nothing
		}
		for _, candidate := range match.Preview.Reached {
			people[candidate.User.ID] = true
		}
	}
	if n := len(preview.Matches) + preview.More; n > 0 {
		would.Text = view.Plural(n, "automation would start a run", "automations would each start a run") + ", and " +
			view.Plural(len(people), "person would get", "people would get") + " a new password."
	}
	if preview.More > 0 {
		would.Text += " The first " + view.Count(len(preview.Matches)) + " were checked."
	}
	return would, nil
}

func (c *Console) wouldRun(r *http.Request, match admin.TestMatch) view.WouldRun {
	p := match.Preview
	due := c.moment(r, p.DueAt)
	run := view.WouldRun{Automation: view.Link{Text: match.Automation.Name, Href: automationsPath + "/" + match.Automation.ID}, Due: "At once."}
	if due.At.After(c.Clock()) {
		run.Due = "Due on " + due.Text() + ". The recipients are calculated then."
	}
	if match.Automation.Status == rekey.AutomationTrial {
		run.Due += " A trial: nothing would be sent."
	}
	for _, candidate := range p.Reached[:min(len(p.Reached), peopleReached)] {
		run.Reached = append(run.Reached, view.PersonOf(candidate.User))
	}
	if n := len(p.Reached) - len(run.Reached); n > 0 {
		run.More = "and " + view.Count(n) + " more"
	}
	run.Skipped = skippedIn(p)
	if held := p.Held(); held != "" {
		run.Warnings = append(run.Warnings, heldWarning(held))
	}
	for _, w := range p.Warnings {
		run.Warnings = append(run.Warnings, w.Message)
	}
	for _, problem := range p.Problems {
		run.Warnings = append(run.Warnings, problem.Message)
	}
	if p.Previewed && !p.Complete {
		run.Warnings = append(run.Warnings, "Only the first "+view.Count(p.LookedAt)+" were checked.")
	}
	return run
}

// skippedIn says how many of a preview would be skipped, and why.
func skippedIn(p admin.AutomationPreview) []string {
	var tallies []rekey.Tally
	for _, candidate := range p.Skipped {
		i := slices.IndexFunc(tallies, func(t rekey.Tally) bool { return t.Reason == candidate.Reason })
		if i < 0 {
			i, tallies = len(tallies), append(tallies, rekey.Tally{State: rekey.DeliverySkipped, Reason: candidate.Reason})
		}
		tallies[i].Count++
	}
	var texts []string
	for _, t := range skipped(tallies) {
		if t.Reason == rekey.ReasonNotPosters {
			texts = append(texts, view.Plural(t.Count, "has a password that you may not set", "have passwords that you may not set"))
			continue
		}
		texts = append(texts, skipText(t.Reason, t.Count))
	}
	if p.Hidden > 0 {
		texts = append(texts, view.Count(p.Hidden)+" that you may not view")
	}
	if len(p.Reached)+len(texts) == 0 {
		texts = append(texts, "The event names nobody.")
	}
	return texts
}
