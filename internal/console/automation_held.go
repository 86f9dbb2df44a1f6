package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

func init() {
	notices["held-approved"] = "The runs are approved. All checks are made again before anything is sent."
	notices["held-cancelled"] = "The held runs are cancelled. They send no new passwords."
}

const (
	shownHeld       = 20 // runs in the list
	shownHeldPeople = 5  // people named for each run
)

func heldPath(automationID string) string { return automationPath(automationID) + "/held" }

// showHeld lists the held runs of an automation, to approve or cancel all of them.
func (c *Console) showHeld(w http.ResponseWriter, r *http.Request) error {
	a, err := c.Admin.AutomationView(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	held, err := c.Admin.HeldRuns(r.Context(), actor(r), a.ID)
	if err != nil {
		return err
	}
	page := view.Held{Frame: c.frame(r, "Held runs of '"+a.Name+"'", automationsPath), Texts: heldTexts(held), All: address(runsPath, url.Values{"automation": {a.ID}, "state": {"held"}})}
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Automations", Href: automationsPath}, {Text: a.Name, Href: automationPath(a.ID)}}
	page.None = view.Empty{
		Icon: "circle-check", Title: "No run of '" + a.Name + "' is held", Text: "No run waits for an approval or for a new owner.",
		Action: view.Link{Text: "Back to '" + a.Name + "'", Href: automationPath(a.ID)},
	}
	if held.All() > 0 && a.Manageable {
		until := url.Values{"until": {held.Until.Format(time.RFC3339Nano)}}
		page.Cancel = view.Action{Text: "Cancel " + view.Plural(held.All(), "run", "runs"), Icon: "ban", Post: address(heldPath(a.ID)+"/cancel", until), Danger: true}
		until.Set("count", strconv.Itoa(held.People))
		may := c.Admin.MayApproveHeldRuns(r.Context(), actor(r), a.ID)
		switch {
		case held.Runs > 0 && may == nil:
			page.Approve = view.Action{Text: "Approve for " + view.Plural(held.People, "person", "people"), Post: address(heldPath(a.ID)+"/approve", until), Primary: true}
		case held.Runs > 0:
			page.Texts = append(page.Texts, may.Error())
		}
		if held.Stopped > 0 {
			page.Transfer = view.Action{Text: "Transfer the automation", Icon: "users", Href: automationPath(a.ID) + "/transfer"}
		}
	}
	runs, err := c.Admin.Runs(r.Context(), actor(r), rekey.RunQuery{AutomationID: a.ID, State: rekey.RunHeld}, admin.Place{Limit: shownHeld})
	if err != nil {
		return err
	}
	for _, run := range runs.Entries {
		row := view.HeldRow{ID: run.ID, Short: shortID(run.ID), Event: view.Link{Text: run.Event, Href: eventsPath + "/" + run.EventID},
			Why: c.whyText(r, run), When: c.moment(r, run.CreatedAt)}
		if row.People, err = c.heldPeople(r, run); err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	if more := held.All() - len(page.Rows); more > 0 {
		page.More = "and " + view.Plural(more, "more run", "more runs")
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// heldTexts say what the runs wait for.
func heldTexts(h rekey.HeldRuns) []string {
	var texts []string
	if h.Runs > 0 {
		texts = append(texts, view.Plural(h.Runs, "run waits", "runs wait")+" for approval. In all, "+view.Plural(h.People, "person", "people")+
			" would get a new password. A person on several lists counts once for each list. All checks are made again before anything is sent: people can be left out, but nobody is added.")
	}
	if h.Outdated > 0 {
		texts = append(texts, view.Plural(h.Outdated, "run was", "runs were")+" planned before the automation was changed, and can only be cancelled.")
	}
	if h.Stopped > 0 {
		texts = append(texts, view.Plural(h.Stopped, "run waits", "runs wait")+" because the owner of the automation is blocked. Restore the owner, or transfer the automation to a new owner.")
	}
	return texts
}

// heldPeople names some people on the list of a held run.
func (c *Console) heldPeople(r *http.Request, run admin.RunView) (string, error) {
	found, err := c.Admin.Deliveries(r.Context(), actor(r), rekey.DeliveryQuery{RunID: run.ID, States: []rekey.DeliveryState{rekey.DeliveryHeld}}, admin.Place{Limit: shownHeldPeople})
	if err != nil {
		return "", err
	}
	people, err := c.deliveredTo(r, found.Entries)
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(found.Entries)+1)
	for _, d := range found.Entries {
		names = append(names, personOf(d, people).Shown())
	}
	if more := run.Recipients - len(names); more > 0 && len(names) > 0 {
		names = append(names, andMore(more))
	}
	return strings.Join(names, ", "), nil
}

func (c *Console) approveHeld(w http.ResponseWriter, r *http.Request) error {
	count, _ := strconv.Atoi(r.FormValue("count")) // 0, if it is no number, is refused as a wrong number
	until, err := heldUntil(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if _, err := c.Admin.ApproveHeldRuns(r.Context(), actor(r), id, count, until); err != nil {
		return err
	}
	leadTo(w, automationPath(id)+"?notice=held-approved")
	return nil
}

func (c *Console) cancelHeld(w http.ResponseWriter, r *http.Request) error {
	until, err := heldUntil(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if _, err := c.Admin.CancelHeldRuns(r.Context(), actor(r), id, until); err != nil {
		return err
	}
	leadTo(w, automationPath(id)+"?notice=held-cancelled")
	return nil
}

// heldUntil is the moment at which the page listed the held runs.
func heldUntil(r *http.Request) (time.Time, error) {
	until, err := rekey.ParseTime(r.FormValue("until"))
	if err != nil {
		return until, rekey.Invalid("until", "Open the page of the held runs, and press the button there.")
	}
	return until, nil
}
