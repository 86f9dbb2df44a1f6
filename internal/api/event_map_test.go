package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/client"
)

const ticket = `{"specversion":"1.0","id":"%s","source":"/tickets","type":"com.example.ticket.opened","priority":"high","data":%s}`

// tickets is an API user whose source has a mapping.
func (o *office) tickets(people string) rekey.SystemUser {
	o.t.Helper()
	return o.person("tickets@example.org", o.verifier(), func(u *rekey.SystemUser) {
		u.Type = rekey.TypeAPI
		u.Sources = []rekey.EventSource{{Source: "/tickets", Names: []string{"com.example.*"}, People: people}}
	})
}

func (o *office) postTicket(as rekey.SystemUser, id, data string) request {
	q := o.post(oneEvent, fmt.Sprintf(ticket, id, data))
	q.as = as
	return q
}

func TestPeopleAreMappedInAForeignEvent(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person("ada@example.org", "")
	program := o.tickets(`event.priority == "high" ? [event.data.ticket.reporter.email] : []`)
	for id, data := range map[string]string{
		"object":    `{"ticket":{"reporter":{"email":"<Ada@example.org>"}}}`,
		"text":      quoted(`{"ticket":{"reporter":{"email":"ada@example.org"}}}`),
		"more":      `{"ticket":{"reporter":{"email":"mailto:ada@example.org"}},"users":["x@example.org"],"systemUsers":"y"}`,
		"our field": `{"ticket":{"reporter":{"email":"ada@example.org"}},"system_users":["siem@example.org"]}`,
	} {
		got := o.receipt(o.postTicket(program, id, data))
		if got.People != 1 || got.Unknown != 0 {
			t.Errorf("%s: %+v", id, got)
		}
		if e := o.external()[0]; !slices.Equal(e.Users, []string{"Ada@example.org"}) && !slices.Equal(e.Users, []string{"ada@example.org"}) || !e.Outsiders {
			t.Errorf("%s: stored %+v", id, e)
		}
	}
	binary := o.binary("binary", "application/json", `{"ticket":{"reporter":{"email":"nobody@example.org"}}}`,
		map[string]string{"ce-source": "/tickets", "ce-type": "com.example.x", "ce-priority": "high"})
	binary.as = program
	if got := o.receipt(binary); got.People != 1 || got.Unknown != 1 {
		t.Errorf("binary: %+v", got)
	}
	low := o.binary("low", "application/json", `{}`, map[string]string{"ce-source": "/tickets", "ce-type": "com.example.x", "ce-priority": "low"})
	low.as = program
	if got := o.receipt(low); got.People != 0 {
		t.Errorf("low: %+v", got)
	}
	again := o.send(o.postTicket(program, "object", `{"ticket":{"reporter":{"email":"<Ada@example.org>"}}}`))
	if again.status != 200 {
		t.Errorf("a repeat: %d %s", again.status, again.text)
	}
	listed, err := o.as(o.root).Event(o.ctx, o.external()[0].ID)
	if o.must(err); !listed.Outsiders {
		t.Errorf("shown as %+v", listed)
	}
	if e, err := o.as(o.root).Event(o.ctx, o.receipt(o.post(oneEvent, event(nil))).ID); err != nil || e.Outsiders {
		t.Errorf("an event without a mapping: %+v, %v", e, err)
	}
}

func TestPreviewOfAMappingShowsWhatPostingWouldDo(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const mapping = `[event.data.who]`
	program := o.tickets(mapping)
	inner := `{"who":"<Ada@example.org>"}`
	for id, rest := range map[string]string{
		"data as JSON":              `"data":` + inner,
		"JSON in a text":            `"data":` + quoted(inner),
		"a text within a text":      `"data":` + quoted(quoted(inner)),
		"JSON as plain text":        `"datacontenttype":"text/plain","data":` + quoted(inner),
		"Base64":                    `"data_base64":"` + base64.StdEncoding.EncodeToString([]byte(inner)) + `"`,
		"a form":                    `"datacontenttype":"application/x-www-form-urlencoded","data":"who=ada%40example.org"`,
		"a form in Base64":          `"datacontenttype":"application/x-www-form-urlencoded","data_base64":"` + base64.StdEncoding.EncodeToString([]byte("who=ada%40example.org")) + `"`,
		"no data":                   `"priority":1`,
		"a text":                    `"data":"ada@example.org"`,
		"a text that names people":  `"data":"system_users: ada@example.org"`,
		"an extension in uppercase": `"Priority":"high","data":` + inner,
		"data twice":                `"data":` + inner + `,"data_base64":"e30="`,
		"no Base64":                 `"data_base64":"?"`,
		"a name twice":              `"data":{"who":"ada@example.org","who":"x@example.org"}`,
	} {
		event := `{"specversion":"1.0","id":"` + id + `","source":"/tickets","type":"com.example.ticket",` + rest + `}`
		p, err := o.as(o.root).PreviewMapping(o.ctx, client.Mapping{People: mapping, Event: json.RawMessage(event)})
		post := o.post(oneEvent, event)
		post.as = program
		posted := o.send(post)
		if (err == nil) != (posted.status == 202) {
			t.Errorf("%s: previewed %+v, %v; posted %d %s", id, p, err, posted.status, posted.text)
			continue
		}
		if err == nil && (len(p.People) != 1 || !slices.Equal(o.external()[0].Users, []string{rekey.TypedSubject(p.People[0])})) {
			t.Errorf("%s: previewed %q, posted %q", id, p.People, o.external()[0].Users)
		}
	}
}

func TestMappingThatFailsIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	o := setup(t)
	program := o.tickets(`event.data.ticket.watchers.map(w, w.email)`)
	watchers := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"email":"u%d@example.org"}`, i)
		}
		return `{"ticket":{"watchers":[` + strings.Join(list, ",") + `]}}`
	}
	for name, test := range map[string]struct{ data, why string }{
		"nothing there":   {`{"ticket":{}}`, "no such key: watchers"},
		"no data":         {`null`, "could not be calculated"},
		"numbers":         {`{"ticket":{"watchers":[{"email":7}]}}`, "type int"},
		"a line break":    {`{"ticket":{"watchers":[{"email":"root@example.org\nx"}]}}`, "Entry 1 in the list of the mapping is not an address or id"},
		"a text too long": {`{"ticket":{"watchers":[{"email":"` + strings.Repeat("a", 255) + `@b.org"}]}}`, "not an address or id"},
		"1,001 people":    {watchers(1_001), "more than 1,000"},
		"far too many":    {watchers(25_000), "costs too much"},
	} {
		got := o.refused(o.postTicket(program, name, test.data), 422, "data")
		if len(got.problem.Errors) != 1 || !strings.Contains(got.problem.Errors[0].Message, test.why) {
			t.Errorf("%s: %+v", name, got.problem.Errors)
		}
	}
	if got := o.receipt(o.postTicket(program, "all", watchers(1_000))); got.People != 1_000 || got.Unknown != 1_000 {
		t.Errorf("%+v", got)
	}
	// What the caller may not post is not calculated at all.
	other := o.post(oneEvent, strings.Replace(fmt.Sprintf(ticket, "1", `{}`), "com.example", "org.example", 1))
	other.as = program
	o.refused(other, 403, "source")
}

func TestMappingsOfOneRequestHaveALimitTogether(t *testing.T) {
	t.Parallel()
	o := setup(t)
	program := o.tickets(`event.data.l.filter(x, event.data.l.exists(y, y == "z")).map(x, string(x))`)
	batch := func(events int) request {
		list := make([]string, events)
		for i := range list {
			list[i] = fmt.Sprintf(ticket, newID(), `{"l":[1`+strings.Repeat(",1", 99)+`]}`)
		}
		q := o.post(manyEvent, "["+strings.Join(list, ",")+"]")
		q.as = program
		return q
	}
	o.receipt(batch(5))
	got := o.refused(batch(100), 422, "events[17].data")
	if !strings.Contains(got.problem.Errors[0].Message, "several requests") {
		t.Errorf("%+v", got.problem)
	}
}

func TestWhatAMappedEventStartsOnlyKeeps(t *testing.T) {
	t.Parallel()
	o := setup(t)
	active := o.automation() // replaces, and was saved before there was a mapping
	program := o.tickets(`[event.data.reporter]`)
	got := o.receipt(o.postTicket(program, "1", `{"reporter":"siem@example.org"}`))
	if got.Runs != 1 {
		t.Errorf("%+v", got)
	}
	o.work()
	runs, err := o.as(o.root).Runs(o.ctx, client.RunFilter{AutomationID: active.ID})
	o.must(err)
	if run := runs.Items[0]; run.State != "failed" || run.Reason != "parameters_not_valid" || !strings.Contains(run.Detail, "Outsiders can choose whom the events from /tickets name") {
		t.Errorf("%+v", run)
	}
	active.JobParams = json.RawMessage(`{"use_event_parameter":true,"note":"x"}`)
	_, err = o.as(o.root).UpdateAutomation(o.ctx, active)
	if p := problemOf(t, err); p.Status != 422 || p.Errors[0].Field != "job_params.old_password" || !strings.Contains(p.Errors[0].Message, "/tickets") {
		t.Errorf("%+v", p)
	}
	// The trust of an Administrator changes that for events from then on.
	_, err = o.as(o.root).UpdateUser(o.ctx, o.wire(program.ID, func(u *client.User) { u.Sources[0].Trusted = true }))
	o.must(err)
	o.receipt(o.postTicket(program, "2", `{"reporter":"siem@example.org"}`))
	if e := o.external()[0]; e.Outsiders {
		t.Errorf("%+v", e)
	}
}

func TestMappingIsSavedAndTriedOverTheAPI(t *testing.T) {
	t.Parallel()
	o := setup(t)
	root := o.as(o.root)
	change := func(people string) error {
		_, err := root.UpdateUser(o.ctx, o.wire(o.siem.ID, func(u *client.User) { u.Sources[0].People = people }))
		return err
	}
	o.must(change(`[event.data.x]`))
	if u, err := root.User(o.ctx, o.siem.ID); err != nil || u.Sources[0].People != `[event.data.x]` || u.Sources[0].Trusted {
		t.Errorf("%+v, %v", u.Sources, err)
	}
	if p := problemOf(t, change(`[user.email]`)); p.Status != 422 || p.Errors[0].Field != "sources[0].people" {
		t.Errorf("%+v", p)
	}
	p, err := root.PreviewMapping(o.ctx, client.Mapping{People: `[event.data.a, event.data.b]`, Event: json.RawMessage(`{"data":{"a":"root@example.org","b":"x@example.org"}}`)})
	if o.must(err); !slices.Equal(p.People, []string{"root@example.org", "x@example.org"}) || p.Unknown != 1 {
		t.Errorf("%+v", p)
	}
	for event, field := range map[string]string{`{"data":{}}`: "event", `[]`: "event", `7`: "event"} {
		_, err := root.PreviewMapping(o.ctx, client.Mapping{People: `[event.data.a]`, Event: json.RawMessage(event)})
		if p := problemOf(t, err); p.Status != 422 || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", event, p)
		}
	}
	_, err = root.PreviewMapping(o.ctx, client.Mapping{People: `[event.`, Event: json.RawMessage(`{}`)})
	if p := problemOf(t, err); p.Status != 422 || p.Errors[0].Field != "people" {
		t.Errorf("%+v", p)
	}
	_, err = o.as(o.siem).PreviewMapping(o.ctx, client.Mapping{People: `[event.id]`, Event: json.RawMessage(`{"id":"a"}`)})
	if p := problemOf(t, err); p.Status != 403 {
		t.Errorf("a Member: %+v", p)
	}
}
