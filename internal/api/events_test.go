package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/client"
)

const (
	oneEvent  = "application/cloudevents+json"
	manyEvent = "application/cloudevents-batch+json"
)

// event is an event in structured mode, with members replaced; a replacement
// of nil takes a member away.
func event(replaced map[string]any) string {
	e := map[string]any{
		"specversion": "1.0", "id": "4711", "source": "/siem", "type": "siem.credential_leaked",
		"data": map[string]any{"system_users": []string{"root@example.org"}},
	}
	for name, value := range replaced {
		e[name] = value
		if value == nil {
			delete(e, name)
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (o *office) post(kind, body string) request {
	return request{method: "POST", path: "/api/v1/events", as: o.siem, body: body, header: map[string]string{"Content-Type": kind}}
}

func TestBadEventIsRefusedNamingTheField(t *testing.T) {
	t.Parallel()
	o := setup(t)
	users := make([]string, rekey.MaxEventUsers+1)
	for name, bad := range map[string]struct {
		body   string
		status int
		fields []string
	}{
		"no id":                 {event(map[string]any{"id": nil}), 422, []string{"id"}},
		"empty id":              {event(map[string]any{"id": " "}), 422, []string{"id"}},
		"null id":               {strings.Replace(event(nil), `"4711"`, "null", 1), 422, []string{"id"}},
		"number as id":          {event(map[string]any{"id": 4711}), 422, []string{"id"}},
		"id with line break":    {event(map[string]any{"id": "a\nb"}), 422, []string{"id"}},
		"id of 256":             {event(map[string]any{"id": strings.Repeat("x", 256)}), 422, []string{"id"}},
		"no source":             {event(map[string]any{"source": nil}), 422, []string{"source"}},
		"source is no URI":      {event(map[string]any{"source": "%zz"}), 422, []string{"source"}},
		"no type":               {event(map[string]any{"type": nil}), 422, []string{"type"}},
		"type with line break":  {event(map[string]any{"type": "siem\nleaked"}), 422, []string{"type"}},
		"type of 256":           {event(map[string]any{"type": strings.Repeat("x", 256)}), 422, []string{"type"}},
		"external, no name":     {event(map[string]any{"type": "external"}), 422, []string{"data.name"}},
		"no specversion":        {event(map[string]any{"specversion": nil}), 422, []string{"specversion"}},
		"specversion 0.3":       {event(map[string]any{"specversion": "0.3"}), 422, []string{"specversion"}},
		"in 2099":               {event(map[string]any{"time": "2099-01-01T00:00:00Z"}), 422, []string{"time"}},
		"6 minutes ahead":       {event(map[string]any{"time": monday.Add(6 * time.Minute)}), 422, []string{"time"}},
		"91 days ago":           {event(map[string]any{"time": monday.Add(-91 * 24 * time.Hour)}), 422, []string{"time"}},
		"no time":               {event(map[string]any{"time": "yesterday"}), 422, []string{"time"}},
		"users are no list":     {event(map[string]any{"data": map[string]any{"system_users": "ada"}}), 422, []string{"data.system_users"}},
		"a user is a number":    {event(map[string]any{"data": map[string]any{"system_users": []any{"ada", 7}}}), 422, []string{"data.system_users[1]"}},
		"user with break":       {event(map[string]any{"data": map[string]any{"system_users": []any{"a@b.org\nBcc: c"}}}), 422, []string{"data.system_users[0]"}},
		"10,001 users":          {event(map[string]any{"data": map[string]any{"system_users": users}}), 422, []string{"data.system_users"}},
		"unknown attribute":     {event(map[string]any{"system_users": []string{"ada"}}), 422, []string{"system_users"}},
		"attribute in capitals": {event(map[string]any{"Source": "/siem"}), 422, []string{"Source"}},
		"two kinds of data":     {event(map[string]any{"data_base64": "e30="}), 422, []string{"data_base64"}},
		"no base64":             {event(map[string]any{"data": nil, "data_base64": "%"}), 422, []string{"data_base64"}},
		"several":               {event(map[string]any{"id": nil, "time": "x", "type": nil}), 422, []string{"id", "type", "time"}},
		"no object":             {`"event"`, 422, []string{"body"}},
		"null":                  {`null`, 422, []string{"body"}},
		"trailing garbage":      {event(nil) + "x", 400, nil},
		"two events":            {event(nil) + event(nil), 400, nil},
		"cut short":             {event(nil)[:40], 400, nil},
		"empty":                 {"", 400, nil},
		"not UTF-8":             {strings.Replace(event(nil), "4711", "\xff", 1), 400, nil},
		"2 MiB":                 {event(map[string]any{"subject": strings.Repeat("x", 2<<20)}), 413, nil},
	} {
		t.Log(name)
		o.refused(o.post(oneEvent, bad.body), bad.status, bad.fields...)
	}
}

func TestBatchWithOneBadMemberStoresNothingAndNamesIt(t *testing.T) {
	t.Parallel()
	o := setup(t)
	good, other := event(nil), event(map[string]any{"id": "4712"})
	batch := func(members ...string) request { return o.post(manyEvent, "["+strings.Join(members, ",")+"]") }
	o.refused(batch(good, other, event(map[string]any{"id": nil})), 422, "events[2].id")
	o.refused(batch(good, "7"), 422, "events[1]")
	o.refused(batch(good, event(map[string]any{"id": "4713", "data": map[string]any{"system_users": 1}})), 422, "events[1].data.system_users")
	o.refused(batch(good, event(map[string]any{"id": "4713", "source": "/hr"})), 403, "events[1].source")
	o.refused(batch(good, other, event(map[string]any{"subject": "other content"})), 409, "events[2].id")
	o.refused(o.post(manyEvent, good), 422, "events")
	o.refused(batch(slices.Repeat([]string{good}, 1001)...), 422, "events")
	if got := o.send(batch()); got.status != 200 {
		t.Errorf("empty batch: %d", got.status)
	}
}

func TestRepeatsInABatchCountAsAccepted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.siem)
	first := client.CloudEvent{ID: "1", Source: "/siem", Type: "siem.leaked", Data: client.EventData("", "root@example.org")}
	second := first
	second.ID = "2"
	receipts, err := c.PostEvents(o.ctx, first)
	o.must(err)
	batch, err := c.PostEvents(o.ctx, second, first, second)
	o.must(err)
	if batch[0].Repeat || !batch[1].Repeat || !batch[2].Repeat || batch[1].ID != receipts[0].ID || batch[2].ID != batch[0].ID {
		t.Errorf("receipts %+v after %+v", batch, receipts)
	}
	if got := o.external(); len(got) != 2 {
		t.Errorf("%d events stored", len(got))
	}
}

func TestSameSourceAndIDAgain(t *testing.T) {
	t.Parallel()
	o := setup(t)
	if got := o.send(o.post(oneEvent, event(nil))); got.status != 202 {
		t.Fatalf("first: %d %s", got.status, got.text)
	}
	again := event(nil)
	reordered := `{"data": {"system_users":["root@example.org" ] },"type":"siem.credential_leaked","traceparent":"00-1","source":"/siem","id":"4711","specversion":"1.0"}`
	for _, same := range []string{again, reordered} {
		if got := o.send(o.post(oneEvent, same)); got.status != 200 || !strings.Contains(got.text, o.external()[0].ID) {
			t.Errorf("repeat: %d %s", got.status, got.text)
		}
	}
	for name, other := range map[string]map[string]any{
		"type":    {"type": "siem.other"},
		"time":    {"time": monday},
		"subject": {"subject": "x"},
		"users":   {"data": map[string]any{"system_users": []string{"someone@example.org"}}},
		"data":    {"data": map[string]any{"system_users": []string{"root@example.org"}, "more": 1}},
	} {
		if got := o.refused(o.post(oneEvent, event(other)), 409, "id"); got.problem.Code != "conflict" {
			t.Errorf("%s: %+v", name, got.problem)
		}
	}
}

func TestHundredPostsOfTheSameEventAtOnceAreOneEventAndOneRun(t *testing.T) {
	t.Parallel()
	o := setup(t)
	active := o.automation()
	var all sync.WaitGroup
	statuses := make([]int, 100)
	for i := range statuses {
		all.Go(func() { statuses[i] = o.send(o.post(oneEvent, event(nil))).status })
	}
	all.Wait()
	slices.Sort(statuses)
	if want := append(slices.Repeat([]int{200}, 99), 202); !slices.Equal(statuses, want) {
		t.Errorf("statuses %v", statuses)
	}
	if got := o.external(); len(got) != 1 {
		t.Errorf("%d events stored", len(got))
	}
	runs, err := o.as(o.root).Runs(o.ctx, client.RunFilter{AutomationID: active.ID})
	o.must(err)
	if len(runs.Items) != 1 {
		t.Errorf("%d runs", len(runs.Items))
	}
}

func TestInternalEventsCannotBePosted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.grant(o.siem, rekey.EventSource{Source: "/siem", Names: []string{"*"}})
	for _, e := range rekey.EventTypes() {
		if e.Name != rekey.External {
			got := o.refused(o.post(oneEvent, event(map[string]any{"type": e.Name})), 403, "type")
			if !strings.Contains(got.problem.Detail, "comes from Rekey itself") {
				t.Errorf("detail %q", got.problem.Detail)
			}
		}
		named := event(map[string]any{"type": "external", "data": map[string]any{"name": e.Name}})
		o.refused(o.post(oneEvent, named), 403, "data.name")
	}
	o.refused(o.post(oneEvent, event(map[string]any{"source": "rekey"})), 403, "source")
}

func TestTypesOfOtherSystemsAreComparedExactly(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.grant(o.siem, rekey.EventSource{Source: "/siem", Names: []string{
		"Microsoft.Storage.BlobCreated", "urn:*", "com.github.push", "https://example.org/types/left?v=1", "Benutzer gelöscht",
	}})
	for _, name := range []string{"Microsoft.Storage.BlobCreated", "urn:example:x", "com.github.push", "https://example.org/types/left?v=1", "Benutzer gelöscht"} {
		if got := o.receipt(o.post(oneEvent, event(map[string]any{"id": name, "type": name}))); got.SourceID != name {
			t.Errorf("%+v", got)
		}
	}
	if e := o.external()[0]; e.Name != "Benutzer gelöscht" {
		t.Errorf("stored as %q", e.Name)
	}
	o.receipt(o.binary("in a header", "application/json", "{}", map[string]string{"ce-type": "Benutzer%20gel%C3%B6scht"}))
	for _, name := range []string{"microsoft.storage.blobcreated", "Microsoft.Storage.BlobCreated.v2", "com.github.Push", "URN:example:x", "User.Locked"} {
		o.refused(o.post(oneEvent, event(map[string]any{"type": name})), 403, "source")
	}
}

func TestOnlyWhatTheRecordListsMayBePosted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.refused(o.post(oneEvent, event(map[string]any{"source": "/hr"})), 403, "source")
	o.refused(o.post(oneEvent, event(map[string]any{"type": "hr.leaver"})), 403, "source")
	o.refused(o.post(oneEvent, event(map[string]any{"source": "/siem/"})), 403, "source")
	mine := o.post(oneEvent, event(nil))
	mine.as = o.root
	o.refused(mine, 403, "source") // an Administrator too
	external := event(map[string]any{"type": "external", "data": map[string]any{"name": "siem.leaked"}})
	if got := o.send(o.post(oneEvent, external)); got.status != 202 {
		t.Errorf("what is listed: %d %s", got.status, got.text)
	}
}

func TestNobodyPostsBeforeTheOwnerOfASource(t *testing.T) {
	t.Parallel()
	o := setup(t)
	hr := o.person("hr@example.org", o.verifier(), func(u *rekey.SystemUser) {
		u.Type, u.Sources = rekey.TypeAPI, []rekey.EventSource{{Source: "/hr", Names: []string{"*"}}}
	})
	attack := o.post(oneEvent, event(map[string]any{"subject": "first"}))
	attack.as = hr
	o.refused(attack, 403, "source")
	if got := o.send(o.post(oneEvent, event(nil))); got.status != 202 {
		t.Errorf("the owner afterwards: %d %s", got.status, got.text)
	}
	_, err := o.as(o.root).UpdateUser(o.ctx, o.wire(hr.ID, func(u *client.User) {
		u.Sources = []rekey.EventSource{{Source: "/siem", Names: []string{"*"}}}
	}))
	if p := problemOf(t, err); p.Status != 409 && p.Status != 422 {
		t.Errorf("a source given to two: %+v", p)
	}
}

func TestEventOfAnUnknownUserIsKeptAndItsRunSaysSo(t *testing.T) {
	t.Parallel()
	o := setup(t)
	active := o.automation()
	got := o.send(o.post(oneEvent, event(map[string]any{"data": map[string]any{"system_users": []string{"nobody@example.org"}}})))
	if got.status != 202 {
		t.Fatalf("%d %s", got.status, got.text)
	}
	o.work()
	root := o.as(o.root)
	runs, err := root.Runs(o.ctx, client.RunFilter{AutomationID: active.ID})
	o.must(err)
	deliveries, err := root.Deliveries(o.ctx, runs.Items[0].ID, client.DeliveryFilter{})
	o.must(err)
	if len(deliveries.Items) != 1 || deliveries.Items[0].State != "skipped" || deliveries.Items[0].ReasonText != "not a system user" {
		t.Errorf("deliveries %+v", deliveries.Items)
	}
}

func TestBinaryMode(t *testing.T) {
	t.Parallel()
	o := setup(t)
	binary := func(body string, header map[string]string) request {
		q := o.post("application/json", body)
		maps.Copy(q.header, map[string]string{"ce-specversion": "1.0", "ce-id": "b1", "ce-source": "/siem", "ce-type": "siem.leaked"})
		maps.Copy(q.header, header)
		maps.DeleteFunc(q.header, func(_, value string) bool { return value == "" })
		return q
	}
	users := `{"system_users":["root@example.org"]}`
	if got := o.send(binary(users, map[string]string{"ce-subject": "Euro%20%E2%82%AC", "ce-traceparent": "00"})); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.text)
	}
	if e := o.external()[0]; e.Name != "siem.leaked" || !slices.Equal(e.Users, []string{"root@example.org"}) || e.PostedBy != o.siem.ID {
		t.Errorf("stored %+v", e)
	}
	structured := `{"specversion":"1.0","id":"b1","source":"/siem","type":"siem.leaked","subject":"Euro €","data":` + users + `}`
	if got := o.send(o.post(oneEvent, structured)); got.status != 200 {
		t.Errorf("the same in structured mode: %d %s", got.status, got.text)
	}
	o.refused(binary(users, map[string]string{"ce-id": ""}), 422, "ce-id")
	o.refused(binary(users, map[string]string{"ce-id": "%zz"}), 422, "ce-id")
	o.refused(binary(users, map[string]string{"ce-time": "2099-01-01T00:00:00Z", "ce-id": "b2"}), 422, "ce-time")
	o.refused(binary(users, map[string]string{"ce-big-thing": "x", "ce-id": "b2"}), 422, "ce-big-thing")
	o.refused(binary(users+"x", map[string]string{"ce-id": "b2"}), 400)
	o.refused(binary(users, map[string]string{"ce-subject": "other"}), 409, "ce-id")
	if got := o.send(binary("leaked!", map[string]string{"ce-id": "b3", "Content-Type": "text/plain"})); got.status != 202 {
		t.Errorf("a text as data: %d %s", got.status, got.text)
	}
}

func TestOtherContentTypesAreNotUnderstood(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, kind := range []string{"application/json", "text/plain", "application/cloudevents+xml", "application/cloudevents+json; charset=latin1", "x/"} {
		o.refused(o.post(kind, event(nil)), 415)
	}
	none := o.post("", event(nil))
	none.header = nil
	o.refused(none, 415)
}

func TestEventsNeedARecognisedCaller(t *testing.T) {
	t.Parallel()
	o := setup(t)
	q := o.post(oneEvent, event(nil))
	q.as = rekey.SystemUser{}
	if got := o.refused(q, 401); len(got.header.Values("WWW-Authenticate")) != 2 {
		t.Errorf("header %v", got.header)
	}
	q.as, q.password = o.siem, "wrong"
	o.refused(q, 401)
}

func TestLogFollowsARequestToItsEvent(t *testing.T) {
	t.Parallel()
	o := setup(t)
	got := o.send(o.post(oneEvent, event(nil)))
	for line := range strings.Lines(o.log.String()) {
		if strings.Contains(line, `"request_id":"`+got.header.Get("X-Request-Id")+`"`) && strings.Contains(line, o.external()[0].ID) {
			return
		}
	}
	t.Errorf("no line has both:\n%s", o.log)
}

// grant gives an API user sources.
func (o *office) grant(u rekey.SystemUser, sources ...rekey.EventSource) {
	o.t.Helper()
	wire := o.wire(u.ID, func(w *client.User) {
		w.Sources = nil
		for _, s := range sources {
			w.Sources = append(w.Sources, rekey.EventSource{Source: s.Source, Names: s.Names})
		}
	})
	_, err := o.as(o.root).UpdateUser(o.ctx, wire)
	o.must(err)
}

// wire is a system user as read over the API, with changes.
func (o *office) wire(id string, change func(*client.User)) client.User {
	o.t.Helper()
	u, err := o.as(o.root).User(o.ctx, id)
	o.must(err)
	change(&u)
	return u
}

// automation is an active one for every external event.
func (o *office) automation() client.Automation {
	o.t.Helper()
	c := o.as(o.root)
	a, err := c.CreateAutomation(o.ctx, client.Automation{
		Name: fmt.Sprintf("Leaked %s", newID()), EventType: "external", JobType: "send_new_password",
		JobParams: json.RawMessage(`{"use_event_parameter":true}`),
	})
	o.must(err)
	a, err = c.ActivateAutomation(o.ctx, a.ID, a.Version)
	o.must(err)
	return a
}

// work executes all runs that are due.
func (o *office) work() {
	o.t.Helper()
	o.mu.Lock()
	jobs := o.jobs
	o.jobs = nil
	o.mu.Unlock()
	for _, job := range jobs {
		if !job.At.After(o.now()) {
			o.must(o.engine.Execute(o.ctx, job.RunID))
		}
	}
}

func (o *office) verifier() string {
	o.t.Helper()
	credential, err := o.db.Credential(o.ctx, o.root.ID)
	o.must(err)
	return credential.Chosen
}
