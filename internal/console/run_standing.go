package console

import (
	"net/url"
	"slices"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// standingTab is the list of the people of a run with one standing.
type standingTab struct {
	standing rekey.Standing
	text     string
	color    view.Color
	count    func(rekey.InCounts) int64
	nobody   string
}

// standingTabs are the parts of the bar, in their order.
var standingTabs = []standingTab{
	{rekey.StandingIn, "In", view.Green, func(c rekey.InCounts) int64 { return c.In }, "Nobody is in yet"},
	{rekey.StandingNotYet, "Not yet", view.Blue, func(c rekey.InCounts) int64 { return c.NotYet }, "Nobody is in between"},
	{rekey.StandingNoLonger, "Expired or replaced", view.Amber, func(c rekey.InCounts) int64 { return c.NoLonger }, "No password has expired"},
	{rekey.StandingNone, "Got no mail", view.Red, func(c rekey.InCounts) int64 { return c.None }, "Everybody got a mail"},
	{rekey.StandingOnTheWay, "On the way", view.Grey, func(c rekey.InCounts) int64 { return c.OnTheWay }, "No mail is on the way"},
}

// everyoneNotIn is not in the bar: it joins all parts but the first.
var everyoneNotIn = standingTab{standing: rekey.StandingNotIn, count: rekey.InCounts.NotIn, nobody: "Everybody is in"}

// standingOf returns the list of people that an address names, and whether it names one.
func standingOf(name string) (standingTab, bool) {
	for _, t := range append(standingTabs, everyoneNotIn) {
		if string(t.standing) == name {
			return t, true
		}
	}
	return standingTab{}, false
}

// tab is t as a view of the run's deliveries.
func (t standingTab) tab(c rekey.InCounts) runTab {
	return runTab{name: string(t.standing), count: func(tally) int64 { return t.count(c) }, nobody: t.nobody}
}

// inText says how many people of a run are in: "12 of 20 are in"; "" if it has nobody.
func inText(c rekey.InCounts) string {
	switch c.All() {
	case 0:
		return ""
	case 1:
		return view.Count(c.In) + " of 1 is in"
	default:
		return view.Count(c.In) + " of " + view.Count(c.All()) + " are in"
	}
}

// inAmount is the same for a column.
func inAmount(c rekey.InCounts) string {
	if c.All() == 0 {
		return ""
	}
	return view.Count(c.In) + " of " + view.Count(c.All())
}

// notInText says how many are not; "" if everybody is in.
func notInText(c rekey.InCounts) string {
	if c.NotIn() == 0 {
		return ""
	}
	return view.Plural(c.NotIn(), "is not", "are not") + ": who, and why"
}

// peoplePath is the address of the people of a run with a standing.
func peoplePath(runID string, s rekey.Standing) string {
	return address(runsPath+"/"+runID, url.Values{"show": {string(s)}})
}

// standings are the people of a run by how far they are. at is the list that is shown.
func standings(run admin.RunView, at rekey.Standing) view.Standings {
	s := view.Standings{Text: inText(run.People)}
	if s.Text == "" {
		return s
	}
	people := make([]int64, len(standingTabs))
	for i, t := range standingTabs {
		people[i] = t.count(run.People)
		s.Parts = append(s.Parts, view.StandingPart{Color: t.color, Text: t.text, Href: peoplePath(run.ID, t.standing),
			Count: view.Count(people[i]), Active: at == t.standing, Live: standingEvent(t)})
	}
	view.Widths(s.Parts, people)
	if !underWay(run) { // no part can get its first person any more, except the first two
		s.Parts = slices.DeleteFunc(s.Parts, func(p view.StandingPart) bool {
			return p.Width == 0 && !p.Active && p.Text != standingTabs[0].text && p.Text != standingTabs[1].text
		})
	}
	if text := notInText(run.People); text != "" && at != rekey.StandingNotIn {
		s.Others = view.Link{Text: text, Href: peoplePath(run.ID, rekey.StandingNotIn)}
	}
	if at != "" {
		s.Download = address(runsPath+"/"+run.ID+"/people.csv", url.Values{"show": {string(at)}})
	}
	return s
}

// standingEvent is the server-sent event that updates the count of a part.
func standingEvent(t standingTab) string { return "standing-" + string(t.standing) }
