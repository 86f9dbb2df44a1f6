package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// runTab is one of the views of a run's deliveries.
type runTab struct {
	name, text string
	states     []rekey.DeliveryState
	reason     rekey.Reason // only for this reason
	without    rekey.Reason // not for this one
	count      func(tally) int64
	nobody     string
}

var runTabs = []runTab{
	{name: "", text: "All", count: func(n tally) int64 { return n.all }, nobody: "Nobody yet"},
	{name: "held", text: "Held", states: []rekey.DeliveryState{rekey.DeliveryHeld}, count: func(n tally) int64 { return n.held }, nobody: "Nobody is held"},
	{name: "sent", text: "Sent", states: []rekey.DeliveryState{rekey.DeliverySent, rekey.DeliveryDone, rekey.DeliveryExpired, rekey.DeliverySuperseded},
		without: rekey.ReasonReplacedUnsent, count: func(n tally) int64 { return n.sent }, nobody: "Nothing was sent"},
	{name: "would", text: "Would be sent", states: []rekey.DeliveryState{rekey.DeliveryWouldBeSent}, count: func(n tally) int64 { return n.would }, nobody: "Nobody would be sent a password"},
	{name: "waiting", text: "Waiting", states: []rekey.DeliveryState{rekey.DeliveryHeld, rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred},
		count: tally.waiting, nobody: "Nobody waits"},
	{name: "failed", text: "Failed", states: []rekey.DeliveryState{rekey.DeliveryFailed}, count: func(n tally) int64 { return n.failed }, nobody: "Nothing failed"},
	{name: "skipped", text: "Skipped", states: []rekey.DeliveryState{rekey.DeliverySkipped}, count: func(n tally) int64 { return n.skipped }, nobody: "Nobody was skipped"},
	{name: "superseded", text: "Superseded", states: []rekey.DeliveryState{rekey.DeliverySuperseded},
		reason: rekey.ReasonReplacedUnsent, count: func(n tally) int64 { return n.superseded }, nobody: "Nothing was superseded"},
	{name: "cancelled", text: "Cancelled", states: []rekey.DeliveryState{rekey.DeliveryCancelled}, count: func(n tally) int64 { return n.cancelled }, nobody: "Nothing was cancelled"},
}

// tabOf returns the tab that an address names.
func tabOf(name string) runTab {
	for _, t := range runTabs {
		if t.name == name {
			return t
		}
	}
	return runTabs[0]
}

// shown is the number that "12 new" counts from: the ended deliveries of the tab,
// or of the whole run if deliveries leave the tab when they end.
func (t runTab) shown(n tally) int64 {
	if t.name == "" || t.name == "waiting" {
		return n.over()
	}
	return t.count(n)
}

func (c *Console) showRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	event, err := c.Admin.Event(r.Context(), actor(r), run.EventID)
	if err != nil {
		return err
	}
	filters := filtersOf(r, "show", "reason")
	n := tallyOf(run.Tallies)
	show := filters.Get("show")
	if show == "" && run.State == rekey.RunHeld && n.held > 0 { // first show those who wait for approval
		show = "held"
	}
	tab, reason := tabOf(show), rekey.Reason(filters.Get("reason"))
	watched := tab
	people, ofPeople := standingOf(show)
	if ofPeople {
		tab = people.tab(run.People)
	}
	undo, undone, ofUndo := undoTab(show, run.Run)
	if ofUndo {
		tab = undo
	}
	at := place(r)
	at.Uncounted = ofPeople // their number is known
	found, err := c.Admin.Deliveries(r.Context(), actor(r), rekey.DeliveryQuery{
		RunID: run.ID, States: tab.states, Reason: cmp.Or(tab.reason, reason), Without: tab.without, Standing: people.standing, Undone: undone,
	}, at)
	if err != nil {
		return err
	}
	page := c.runHead(r, run, event.Event)
	path := runsPath + "/" + run.ID
	page.Show = address(path, filters)
	if underWay(run) {
		page.Live = address(path+"/live", url.Values{"show": {watched.name}, "shown": {strconv.FormatInt(watched.shown(n), 10)}})
	}
	page.People = standings(run, people.standing)
	if err := c.runActions(r, run, &page); err != nil {
		return err
	}
	page.Tabs = tabsOf(path, tab, n, run.State == rekey.RunHeld && n.held > 0)
	if tab.name == "skipped" {
		page.Groups = reasonGroups(path, reason, run.Tallies)
	}
	page.Hidden, page.Nobody = hiddenText(run.Hidden), tab.nobody
	page.Pager = pager(r, path, filters, found, "delivery", "deliveries")
	switch {
	case ofUndo: // the reader may not view all of them
	case ofPeople:
		page.Pager.Total = view.Plural(tab.count(n), "person", "people")
	case reason == "":
		page.Pager.Total = view.Plural(tab.count(n), "delivery", "deliveries")
	}
	page.Rows, err = c.deliveryRows(r, run, found.Entries)
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// runActions adds what can be done with a run, and what was done.
func (c *Console) runActions(r *http.Request, run admin.RunView, page *view.Run) (err error) {
	path := runsPath + "/" + run.ID
	if underWay(run) && c.Admin.MayManageRun(r.Context(), actor(r), run.ID) == nil {
		page.Approve = c.heldAction(r, run)
		page.Stop, page.Rest = waveActions(run)
		page.Cancel = view.Action{Text: "Cancel the run", Href: path + "/cancel", Danger: true}
	}
	if run.State != rekey.RunWaiting && c.Admin.MayUndoRun(r.Context(), actor(r), run.ID) == nil {
		page.Undo = view.Action{Text: "Undo the run", Href: path + "/undo", Danger: true}
	}
	if people := run.People; !underWay(run) && !run.Undone() && people.NotIn() > people.OnTheWay {
		page.People.Again = view.Action{Text: "Send again to those who are not in", Icon: "refresh", Href: path + "/send-again"}
	}
	if page.People.Runs, err = c.againLinks(r, run); err != nil {
		return err
	}
	page.Undone, err = c.undoneOf(r, run.Run)
	return err
}

// runHead is the page of a run without its deliveries.
func (c *Console) runHead(r *http.Request, run admin.RunView, event rekey.Event) view.Run {
	page := c.runLive(r, run, event)
	page.Frame = c.frame(r, "Run "+shortID(run.ID), runsPath)
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Runs", Href: runsPath}}
	page.ID, page.Event, page.When = run.ID, eventLink(event), c.moment(r, run.CreatedAt)
	page.Automation = view.Link{Text: automationName(run.Automation)}
	if run.Automation != "" {
		page.Automation.Href = "/automations/" + run.AutomationID
	}
	return page
}

// heldAction releases a held run: an approval, or another owner.
func (c *Console) heldAction(r *http.Request, run admin.RunView) view.Action {
	switch {
	case run.State == rekey.RunHeld && run.Reason == rekey.ReasonOwnerBlocked && run.Automation != "":
		return view.Action{Text: "Transfer the automation", Icon: "users", Href: automationPath(run.AutomationID) + "/transfer"}
	case c.Admin.MayApproveRun(r.Context(), actor(r), run.ID) == nil:
		text := "Approve"
		if run.Stopped() {
			text = "Go on"
		}
		return view.Action{Text: text, Href: runsPath + "/" + run.ID + "/approve"}
	default:
		return view.Action{}
	}
}

// underWay reports whether a run has not ended, and can be cancelled.
func underWay(run admin.RunView) bool {
	return run.State == rekey.RunWaiting || run.State == rekey.RunPlanning || run.State == rekey.RunHeld || run.State == rekey.RunSending
}

// countEvent is the server-sent event that updates the count of a tab.
func countEvent(t runTab) string { return "count-" + t.text }

// tabsOf are the tabs of a run's deliveries. If held, some wait for approval, and
// the page opens on those.
func tabsOf(path string, at runTab, n tally, held bool) []view.Tab {
	var tabs []view.Tab
	for _, t := range runTabs {
		if rare := t.name == "held" || t.name == "would" || t.name == "superseded" || t.name == "cancelled"; rare && t.count(n) == 0 && at.name != t.name {
			continue
		}
		query := url.Values{}
		switch {
		case t.name != "":
			query.Set("show", t.name)
		case held: // no name means the tab of held deliveries
			query.Set("show", "all")
		}
		tabs = append(tabs, view.Tab{Text: t.text, Href: address(path, query), Active: t.name == at.name,
			Count: view.Count(t.count(n)), Live: countEvent(t)})
	}
	return tabs
}

// reasonGroups are the skipped deliveries, by reason.
func reasonGroups(path string, at rekey.Reason, tallies []rekey.Tally) []view.ReasonGroup {
	var groups []view.ReasonGroup
	for _, t := range skipped(tallies) {
		group := view.ReasonGroup{Text: inSentence(t.Reason.Text()), Count: view.Count(t.Count), Active: t.Reason == at}
		query := url.Values{"show": {"skipped"}}
		if !group.Active { // a second click shows all of them
			query.Set("reason", string(t.Reason))
		}
		group.Href = address(path, query)
		groups = append(groups, group)
	}
	return groups
}
