package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

func init() {
	notices["event-posted"] = "The event is posted."
}

func (c *Console) showEvent(w http.ResponseWriter, r *http.Request) error {
	e, err := c.Admin.Event(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	people, err := c.Admin.FindUsers(r.Context(), actor(r), e.Users[:min(len(e.Users), peopleOnPage)])
	if err != nil {
		return err
	}
	runs, err := c.Admin.Runs(r.Context(), actor(r), rekey.RunQuery{EventID: e.ID}, admin.Place{Limit: admin.MaxPage, Uncounted: true})
	if err != nil {
		return err
	}
	page := view.Event{Frame: c.frame(r, e.Title(), eventsPath)}
	page.Crumbs = []view.Link{{Text: "Events", Href: eventsPath}}
	if page.Facts, err = c.eventFacts(r, e.Event); err != nil {
		return err
	}
	page.People, page.More = involved(e, people, peopleOnPage)
	if page.More = inSentence(page.More); len(e.Users)+e.Hidden == 0 {
		page.More = "It names nobody."
	}
	page.Data, page.NoData = dataText(e)
	for _, run := range runs.Entries {
		page.Rows = append(page.Rows, c.runRow(r, run))
	}
	page.Nothing = "No active automation uses this event."
	page.Look = view.Link{Text: "Automations for " + e.Type, Href: address(automationsPath, url.Values{"event": {e.Type}})}
	if e.Type == rekey.External {
		page.Again = view.Link{Text: "Post it again as a test", Href: address(newEventPath, url.Values{"again": {e.ID}})}
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) eventFacts(r *http.Request, e rekey.Event) ([]view.Fact, error) {
	from, err := c.posterText(r, e)
	if err != nil {
		return nil, err
	}
	label := e.Type
	if t, known := rekey.FindEventType(e.Type); known {
		label = t.Label
	}
	at, received := c.moment(r, e.Time), c.moment(r, e.Received)
	facts := []view.Fact{
		{Label: "Event type", Text: label}, {Label: "Origin", Text: from}, {Label: "Happened", Moment: &at}, {Label: "Received", Moment: &received},
	}
	if chain := e.Chain.Automations; len(chain) > 0 {
		names, err := c.automationNames(r, chain)
		if err != nil {
			return nil, err
		}
		path := make([]string, len(chain))
		for i, id := range chain {
			path[i] = names[id]
		}
		run, _, _ := strings.Cut(e.SourceID, " ")
		facts = append(facts, view.Fact{Label: "Finished before", Text: strings.Join(path, " → ")},
			view.Fact{Label: "Run that has finished", Link: &view.Link{Text: "Run " + shortID(run), Href: runsPath + "/" + run}})
	}
	return append(facts, view.Fact{Label: "Source", Code: e.Source}, view.Fact{Label: "Id at the source", Code: e.SourceID}, view.Fact{Label: "Id", Code: e.ID}), nil
}

// dataText is the data of an event, indented, or why there is none.
func dataText(e admin.EventView) (data, none string) {
	switch {
	case e.Hidden > 0:
		return "", "The data is not shown, because it may name people that you may not view."
	case len(e.Data) == 0:
		return "", "The data was deleted, because the event is old (keep_event_data_days)."
	case string(e.Data) == "{}":
		return "", "The event came without data."
	}
	if !fitsLaidOut(e.Data) {
		return string(e.Data), ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, e.Data, "", "  "); err != nil {
		return string(e.Data), ""
	}
	return b.String(), ""
}

// maxLaidOut is the largest size of indented data in bytes: 1 MiB. Deeply nested
// data grows without limit: 64 KiB become 400 MiB.
const maxLaidOut = 1 << 20

// fitsLaidOut reports whether data stays below maxLaidOut if each value has a
// line of its own, indented by two for each level.
func fitsLaidOut(data []byte) bool {
	size, depth, inText, escaped := len(data), 0, false, false
	for _, b := range data {
		switch {
		case inText:
			inText, escaped = b != '"' || escaped, b == '\\' && !escaped
			continue
		case b == '"':
			inText = true
			continue
		case b == '{', b == '[':
			depth++
		case b == '}', b == ']':
			depth--
		case b != ',':
			continue
		}
		if size += 1 + 2*depth; size > maxLaidOut {
			return false
		}
	}
	return true
}
