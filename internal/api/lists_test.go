package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/store"
)

// list asks for a list and returns its items as they came.
func (o *office) list(path string) (items []json.RawMessage, next string, size int) {
	o.t.Helper()
	got := o.send(request{method: "GET", path: "/api/v1" + path, as: o.root})
	var page client.Page[json.RawMessage]
	o.must(json.Unmarshal([]byte(got.text), &page))
	if got.status != http.StatusOK {
		o.t.Fatalf("%s: %d %s", path, got.status, got.text)
	}
	return page.Items, page.NextCursor, len(got.text)
}

func TestListOfEventsIsSmallHoweverLargeTheyAre(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const events, users = 8, 3_000
	involved := make([]string, users)
	for i := range involved {
		involved[i] = fmt.Sprintf("%s-%d@example.org", strings.Repeat("x", 180), i)
	}
	data, err := json.Marshal(map[string]any{"system_users": involved, "filler": strings.Repeat("y", 300_000)})
	o.must(err)
	receipts, err := o.as(o.siem).PostEvents(o.ctx, client.CloudEvent{ID: "0", Source: "/siem", Type: "siem.large", Data: data})
	o.must(err)
	first := receipts[0].ID
	more, err := o.db.Event(o.ctx, first)
	o.must(err)
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		for n := 1; n < events; n++ {
			more.ID, more.SourceID = newID(), fmt.Sprint(n)
			more.Chain.Automations = []string{"first", "second"}
			if _, _, err := tx.InsertEvent(o.ctx, more); err != nil {
				return err
			}
		}
		return nil
	}))
	items, next, size := o.list("/events?type=external&limit=500")
	if len(items) == 0 || len(items) >= events || next == "" || size > 200_000 {
		t.Errorf("%d of %d events in %d bytes, next %q: what is read at once is not bounded", len(items), events, size, next)
	}
	var seen int
	for event, err := range client.All(o.ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Event], error) {
		return o.as(o.root).Events(ctx, client.EventQuery{Type: rekey.External, Paging: p})
	}) {
		o.must(err)
		seen++
		if len(event.SystemUsers) != admin.MaxListed || event.MoreUsers != users-admin.MaxListed || event.Data != nil {
			t.Fatalf("%d named, %d more, %d bytes of data", len(event.SystemUsers), event.MoreUsers, len(event.Data))
		}
	}
	if seen != events {
		t.Errorf("%d of %d events on all pages", seen, events)
	}
	if last, err := o.as(o.root).Event(o.ctx, more.ID); err != nil || !slices.Equal(last.Chain, more.Chain.Automations) {
		t.Errorf("the chain of an event is %v: %v", last.Chain, err)
	}
	whole, err := o.as(o.root).Event(o.ctx, first)
	o.must(err)
	if len(whole.SystemUsers) != users || whole.MoreUsers != 0 || len(whole.Data) < 300_000 {
		t.Errorf("the event itself: %d named, %d more, %d bytes of data", len(whole.SystemUsers), whole.MoreUsers, len(whole.Data))
	}
}

func TestPageEndsAtAMebibyte(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const selections = 160
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		for n := range selections {
			large := rekey.Selection{
				ID: newID(), Name: fmt.Sprint("Large ", n), Description: strings.Repeat("\u00e4", 2_000), OwnerID: o.root.ID,
				Expression: "true || '" + strings.Repeat("\u6f22", 1_200) + "' == ''",
			}
			if err := errors.Join(large.Validate(), tx.InsertSelection(o.ctx, large)); err != nil {
				return err
			}
		}
		return nil
	}))
	seen, pages := 0, 0
	for path := "/selections?limit=500"; path != ""; pages++ {
		items, next, size := o.list(path)
		if size > 1<<20+1_000 {
			t.Errorf("a page of %d bytes", size)
		}
		seen += len(items)
		if path = ""; next != "" {
			path = "/selections?limit=500&cursor=" + next
		}
	}
	if seen != selections+1 || pages < 2 { // one is built in
		t.Errorf("%d selections on %d pages", seen, pages)
	}
}

func TestListOfUsersHasNoAttributes(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ada := o.person("ada@example.org", "", func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "engines"} })
	page, err := o.as(o.root).Users(o.ctx, client.UserFilter{Search: "ada"})
	o.must(err)
	if len(page.Items) != 1 || page.Items[0].Attributes != nil {
		t.Errorf("listed %+v", page.Items)
	}
	whole, err := o.as(o.root).User(o.ctx, ada.ID)
	o.must(err)
	if whole.Attributes["team"] != "engines" {
		t.Errorf("read %+v", whole)
	}
}

func TestDamagedCursorIsNotTheLastPage(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for range 3 {
		o.person(newID()+"@example.org", "")
	}
	_, next, _ := o.list("/users?limit=2")
	if items, _, _ := o.list("/users?limit=2&cursor=" + next); len(items) != 2 {
		t.Errorf("%d users on the second page", len(items))
	}
	id, _, _ := strings.Cut(next, ".")
	flipped := strings.Map(func(r rune) rune {
		if r == '0' {
			return '1'
		}
		return r
	}, next)
	for _, path := range []string{"/users", "/selections", "/automations", "/events", "/runs", "/deliveries"} {
		for _, cursor := range []string{id, next[:len(next)-1], next + "x", flipped, "garbage", ".", "%20"} {
			o.refused(request{method: "GET", path: "/api/v1" + path + "?cursor=" + cursor, as: o.root}, http.StatusUnprocessableEntity, "cursor")
		}
		if path != "/users" { // it belongs to another list
			o.refused(request{method: "GET", path: "/api/v1" + path + "?cursor=" + next, as: o.root}, http.StatusUnprocessableEntity, "cursor")
		}
	}
	o.refused(request{method: "GET", path: "/api/v1/users?limit=2&limit=3", as: o.root}, http.StatusUnprocessableEntity, "limit")
	o.refused(request{method: "GET", path: "/api/v1/users?limit=%zz", as: o.root}, http.StatusBadRequest)
}

func TestBodyThatSaysTwoThingsOrTooMuchIsRefusedInOurWords(t *testing.T) {
	t.Parallel()
	o := setup(t)
	json := map[string]string{"Content-Type": "application/json"}
	automation := `{"name":"x","event_type":"user.locked","job_type":"send_new_password",`
	for _, c := range []struct{ path, body, field string }{
		{"/users", `{"address":"a@example.org","address":"b@example.org","type":"ui","role":"member"}`, "address"},
		{"/automations", automation + `"delay":{"unit":"days","value":1,"value":2}}`, "delay.value"},
		{"/automations", automation + `"job_params":{"ceiling":1,"\u0063eiling":2}}`, "job_params.ceiling"},
		{"/automations", automation + `"delay":{"unit":"days","value":1e400}}`, "delay.value"},
		{"/automations", automation + `"job_params":{"ceiling":1e400}}`, "job_params.ceiling"},
		{"/users", `{"address":`, "body"},
		{"/users", `{"address":"a@example.org"} x`, "body"},
	} {
		got := o.refused(request{method: "POST", path: "/api/v1" + c.path, as: o.root, header: json, body: c.body}, http.StatusBadRequest, c.field)
		for _, words := range []string{"json:", "Go ", "unmarshal", "invalid character", "unexpected end"} {
			if strings.Contains(got.text, words) {
				t.Errorf("%s: Go's own words: %s", c.body, got.text)
			}
		}
	}
	const event = `{"specversion":"1.0","id":"1","source":"/siem","type":"siem.x"`
	for kind, body := range map[string]string{
		"application/cloudevents+json":       event + `,"data":{"a":{"b":1,"b":2}}}`,
		"application/cloudevents-batch+json": `[` + event + `},` + event + `,"id":"2"}]`,
	} {
		field := map[string]string{"application/cloudevents+json": "data.a.b", "application/cloudevents-batch+json": "events[1].id"}[kind]
		o.refused(request{method: "POST", path: "/api/v1/events", as: o.siem, header: map[string]string{"Content-Type": kind}, body: body}, http.StatusBadRequest, field)
	}
	o.refused(request{method: "POST", path: "/api/v1/events", as: o.siem, body: `{"a":1,"a":2}`, header: map[string]string{
		"Content-Type": "application/json", "Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/siem", "Ce-Type": "siem.x",
	}}, http.StatusBadRequest, "data.a")
}
