package console

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

// showHome is the start: the overview or, for Members, the account.
func (c *Console) showHome(w http.ResponseWriter, r *http.Request) error {
	if !actor(r).Authority().MayDefine() {
		return c.showAccount(w, r)
	}
	o, err := c.Admin.Overview(r.Context(), actor(r), c.readerZone(r))
	if err != nil {
		return err
	}
	own, err := c.Admin.Automations(r.Context(), actor(r), rekey.AutomationQuery{}, admin.Place{Limit: builtInAutomations + 1})
	if err != nil {
		return err
	}
	page := view.Overview{
		Frame: c.frame(r, "Overview", "/"), Attention: c.attention(r, o),
		Figures: []view.Figure{
			{Number: total(o.Waiting), Text: word(o.Waiting, "run waits until it is due", "runs wait until they are due"), Href: "/runs?state=waiting"},
			{Number: total(o.Sending), Text: word(o.Sending, "run is being sent", "runs are being sent"), Href: "/runs?state=sending"},
			{Number: total(o.Unused), Text: word(o.Unused, "mailed password is not used yet", "mailed passwords are not used yet")},
			{Number: total(o.LockedOut), Text: word(o.LockedOut, "system user was locked out in the last 24 hours", "system users were locked out in the last 24 hours"), Href: "/events?type=user.locked"},
		},
		Charts: []view.Chart{
			c.outcomes(r, "days", "Deliveries in 30 days", o.Days, "2 Jan"),
			c.outcomes(r, "hours", "Deliveries in 24 hours", o.Hours, "15:04"),
			c.durations(r, o.Days),
		},
	}
	page.Wide = true
	if page.Runs, err = c.latestRuns(r); err != nil {
		return err
	}
	for _, figures := range o.Days {
		page.Started = page.Started || figures.Sent+figures.Failed+figures.Skipped > 0
	}
	if len(own.Entries) <= builtInAutomations && !page.Started {
		page.First = view.Empty{
			Icon: "bolt", Title: "No automations yet",
			Text:   "An automation says: when this happens, wait this long, then send these people a new password. Start with one of three recipes, or with an empty form.",
			Action: view.Link{Text: "Create the first automation", Href: "/automations"},
		}
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// builtInAutomations is the number of automations that exist from the start.
const builtInAutomations = 2

// attention lists what needs somebody, the most urgent first.
func (c *Console) attention(r *http.Request, o admin.Overview) []view.Attention {
	var list []view.Attention
	if t := c.Mail.Health(); t.State == engine.TransportDown || t.State == engine.TransportPaused {
		list = append(list, view.Attention{
			State: transportState(t.State), Do: view.Link{Text: "See the mail server", Href: "/mail"},
			Text: fmt.Sprintf("No mail can be sent since %s. New passwords wait. Old passwords still work, unless they were revoked.", c.moment(r, t.Since).Text()),
		})
	}
	add := func(n admin.Total, color view.Color, state, one, many string, do view.Link) {
		if n.N > 0 {
			list = append(list, view.Attention{State: view.State{Color: color, Word: state}, Text: total(n) + " " + word(n, one, many), Do: do})
		}
	}
	add(o.Held, view.Amber, "Held", "run waits for approval.", "runs wait for approval.",
		view.Link{Text: "Review", Href: "/runs?state=held"})
	add(o.Stopped, view.Amber, "Stopped", "run is held because the owner of its automation is blocked.", "runs are held because the owners of their automations are blocked.",
		view.Link{Text: "Transfer the automations", Href: "/automations?status=stopped"})
	add(o.Failed, view.Red, "Failed", "delivery failed in the last 24 hours; the old password still works, unless it was revoked.",
		"deliveries failed in the last 24 hours; the old passwords still work, unless they were revoked.",
		view.Link{Text: "Correct and retry", Href: "/mail?state=failed"})
	for _, name := range slices.Sorted(maps.Keys(o.NoWayIn)) {
		add(admin.Total{N: o.NoWayIn[name]}, view.Red, "No way in", "system user of "+name+" cannot log in: the old password was revoked, and the address changed since.",
			"system users of "+name+" cannot log in: their old passwords were revoked, and their addresses changed since.",
			view.Link{Text: "Confirm the addresses", Href: entriesPath(name, rekey.EntryNoWayIn)})
	}
	add(o.Deferred, view.Amber, "Deferred", "mail is delayed by the mail server. Rekey retries automatically.",
		"mails are delayed by the mail server. Rekey retries automatically.",
		view.Link{Text: "See the replies", Href: "/mail?state=deferred"})
	return list
}

// outcomes is the chart of the outcomes of deliveries.
func (c *Console) outcomes(r *http.Request, id, title string, figures []admin.FiguresFrom, layout string) view.Chart {
	chart := view.Chart{
		ID: id, Title: title, Bars: true, Note: "Sent: accepted by the mail server. Failed: refused by it permanently. Skipped: stopped by a check.",
		Columns: []view.Column{{Name: "Sent", Color: view.Green}, {Name: "Failed", Color: view.Red}, {Name: "Skipped", Color: view.Grey}},
	}
	for _, f := range figures {
		chart.Rows = append(chart.Rows, c.chartRow(r, f.From, layout, view.Count(f.Sent), view.Count(f.Failed), view.Count(f.Skipped)))
	}
	return chart
}

// durations is the chart of sending times.
func (c *Console) durations(r *http.Request, figures []admin.FiguresFrom) view.Chart {
	chart := view.Chart{
		ID: "took", Title: "From the event to acceptance", Unit: "s",
		Note:    "How long it took until the mail server accepted the mail. Delays of automations and waits for approval do not count. Half of the mails were faster than the median, and 95 % were faster than the 95 % line.",
		Columns: []view.Column{{Name: "Median", Color: view.Blue}, {Name: "95 %", Color: view.Amber}},
	}
	for _, f := range figures {
		chart.Rows = append(chart.Rows, c.chartRow(r, f.From, "2 Jan", seconds(f.Took.Percentile(50)), seconds(f.Took.Percentile(95))))
	}
	return chart
}

func (c *Console) chartRow(r *http.Request, from time.Time, layout string, values ...string) view.ChartRow {
	at := c.moment(r, from)
	return view.ChartRow{From: at, Label: at.At.Format(layout), Values: values}
}

// seconds is a duration in seconds with three digits; "" for none.
func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", d.Seconds())
}

// total is a number as it was counted.
func total(t admin.Total) string {
	if t.More {
		return view.Count(t.N) + "+"
	}
	return view.Count(t.N)
}

// word is the word that goes with a number.
func word(t admin.Total, one, many string) string {
	if t.N == 1 && !t.More {
		return one
	}
	return many
}

// transportState is whether mail can be sent, in a word.
func transportState(s engine.TransportState) view.State {
	switch s {
	case engine.TransportUp:
		return view.State{Color: view.Green, Word: "Up"}
	case engine.TransportDown:
		return view.State{Color: view.Red, Word: "Down"}
	case engine.TransportPaused:
		return view.State{Color: view.Amber, Word: "Paused"}
	default:
		return view.State{Color: view.Grey, Word: "Not tried yet"}
	}
}
