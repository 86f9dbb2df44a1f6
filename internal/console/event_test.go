package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
)

func TestEventsSayWhomTheyInvolveAndWhatTheyStarted(t *testing.T) {
	t.Parallel()
	o := open(t)
	odd := o.person(rekey.RoleMember, named("<script>alert(1)</script>", ""))
	o.automation(o.root, "Leak <script>", true, onExternal)
	v := o.as(o.operator)
	v.get("/events?type=user.blocked").shows(http.StatusOK, "No events match", `<a class="btn" href="/events">Show all`)
	run := o.happen(o.root, "siem.leak", odd.ID, o.member.ID, o.manager.ID)[0]
	v.get("/events").shows(http.StatusOK, `href="/events/`+run.EventID, "siem.leak", "&lt;script&gt;alert(1)", `href="/runs/`+run.ID, "Leak &lt;script&gt;", "and 1 that you may not view", "test event<", "user.logged_on", "recorded by Rekey").
		lacks("<script>alert", o.manager.Address, o.root.Address)
	o.as(o.root).get("/events?type=external").shows(http.StatusOK, "1 event<", "test event by Ada Byron", `<option value="external" selected>`).lacks("user.logged_on<")
	o.as(o.person(rekey.RoleMember)).get("/events").shows(http.StatusForbidden)
}

func TestEventShowsItsDataToThoseWhoMayViewAllItNames(t *testing.T) {
	t.Parallel()
	o := open(t)
	post := func(users ...string) string {
		posted, err := o.Admin.PostTestEvent(t.Context(), o.root, admin.TestEvent{Name: "leak", Users: users, Data: []byte(`{"who":"<script>alert(1)</script>"}`)})
		o.ok(err)
		return "/events/" + posted.Event.ID
	}
	open, hidden := post(o.member.ID), post(o.member.ID, o.manager.ID)
	v := o.as(o.operator)
	v.get(open).shows(http.StatusOK, "<pre data-copy", "&#34;who&#34;: &#34;&lt;script&gt;", "No active automation uses this event.", `href="/automations?event=external"`, "Automations for external",
		`href="/users/`+o.member.ID, "It is a test event, posted by a system user who is deleted or that you may not view", "/events/new?again=").lacks("<script>alert")
	v.get(hidden).shows(http.StatusOK, "And 1 that you may not view.", "The data is not shown, because it may name people that you may not view.").lacks("alert(1)", o.manager.Address)
	o.as(o.root).get(hidden).shows(http.StatusOK, "&lt;script&gt;", o.manager.Address)
	v.get("/events/none").shows(http.StatusNotFound)
	o.as(o.member).get(open).shows(http.StatusForbidden)
}

func TestEventSaysThatItsDataIsDeleted(t *testing.T) {
	t.Parallel()
	o := open(t)
	posted, err := o.Admin.PostTestEvent(t.Context(), o.root, admin.TestEvent{Name: "leak", Data: []byte(`{"ticket":"4711"}`)})
	o.ok(err)
	v := o.as(o.root)
	v.get("/events/"+posted.Event.ID).shows(http.StatusOK, "4711")
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.EraseEventData(t.Context(), time.Now().AddDate(1, 0, 0), 10)
		return err
	}))
	v.get("/events/"+posted.Event.ID).shows(http.StatusOK, "The data was deleted, because the event is old").lacks("4711")
}

func TestTestEventIsPostedFromItsPageAndLeadsToWhatItStarted(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "siem.leak"}
	})
	v := o.as(o.operator)
	v.get("/events/new").shows(http.StatusOK, "This event is real", "both you and the automation's owner may set", `<option value="siem.leak">`, "/console/"+o.operator.ID, `data-suggest="/users/suggest"`)
	form := url.Values{"name": {"siem.leak"}, "users": {o.member.Address + "\n\n" + o.operator.ID + ", " + o.member.ID}, "data": {`{"ticket": "4711"}`}}
	posted := v.post("/events/new", form)
	at, _, _ := strings.Cut(posted.Header.Get("Location"), "?")
	if !strings.HasPrefix(at, "/runs/") {
		t.Fatalf("%s to %q", posted.Status, at)
	}
	o.rests(strings.TrimPrefix(at, "/runs/"), finished)
	v.get(at+"?notice=event-posted").shows(http.StatusOK, "The event is posted.", "sent 1", "1 has a password that the poster of the test event may not set")
	form.Set("name", "other")
	quiet := v.post("/events/new", form)
	at, _, _ = strings.Cut(quiet.Header.Get("Location"), "?")
	v.get(at).shows(http.StatusOK, "No active automation uses this event.", "4711")
	v.get("/events/new?again="+strings.TrimPrefix(at, "/events/")).shows(http.StatusOK, `value="other"`, o.member.Address+"\n"+o.operator.Address, "4711", "No active automation uses this event")
}

func TestBadTestEventKeepsWhatWasTypedAndNamesTheLine(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, long := o.as(o.operator), strings.Repeat("<script>", 40)
	form := url.Values{"name": {long}, "users": {o.member.Address + "\n\nghost@example.org\n" + o.root.Address}, "data": {"[1]"}}
	v.post("/events/new", form).shows(http.StatusUnprocessableEntity, "An event name has 1 to 255 printable characters", `value="&lt;script&gt;`, "Line 3, ghost@example.org: System user not found.",
		"Line 4, "+o.root.Address+": System user not found.", `href="#users"`, `href="#data"`, ">\n[1]</textarea>").lacks(long)
	events, err := entries(o.Admin.Events(t.Context(), o.root, rekey.External, admin.Place{}))
	if err != nil || len(events) != 0 {
		t.Errorf("stored are %+v (%v)", events, err)
	}
	o.as(o.member).post("/events/new", form).shows(http.StatusForbidden)
}

func TestWhatATestEventWouldDoIsSaidBeforehandAndNothingIsDone(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak <script>", true, onExternal)
	o.automation(o.root, "Later", true, onExternal, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 2} })
	form := url.Values{"name": {"leak"}, "users": {o.member.Address + "\n" + o.operator.Address + "\nghost@example.org"}}
	v := o.as(o.operator)
	v.post("/events/preview", form).shows(http.StatusOK, "<html", "2 automations would each start a run, and 1 person would get a new password.", "Leak &lt;script&gt;", "At once.", "Due on 22 November 2026, 16:00 CET.",
		"Line 3, ghost@example.org: System user not found.", `<a href="/users/`+o.member.ID, "1 has a password that you may not set", o.operator.Address).lacks("Leak <script>")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.URL()+"/events/preview", strings.NewReader(form.Encode()))
	o.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	v.send(r).shows(http.StatusOK, "2 automations would each start a run", `id="live" hx-swap-oob`).lacks("<html")
	v.post("/events/preview", url.Values{"name": {strings.Repeat("A", rekey.MaxEventName+1)}}).shows(http.StatusOK, "This event cannot be posted yet.", "An event name has")
	v.post("/events/preview", url.Values{"name": {"leak"}}).shows(http.StatusOK, "The event names nobody.", "0 people would get")
	v.post("/events/preview", url.Values{}).shows(http.StatusOK, "Enter a name to see which automations it would start")
	o.as(o.member).post("/events/preview", form).shows(http.StatusForbidden)
	events, err := entries(o.Admin.Events(t.Context(), o.root, rekey.External, admin.Place{}))
	if err != nil || len(events) != 0 || len(o.mail.Messages()) != 0 {
		t.Errorf("stored are %+v (%v)", events, err)
	}
}

func TestDataNestedDeeplyIsShownAsItCame(t *testing.T) {
	t.Parallel()
	o := open(t)
	const depth = 9_000 // what a JSON parser takes; laid out it would be 160 MiB
	deep := `{"a":"]\"[","b":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
	posted, err := o.Admin.PostTestEvent(t.Context(), o.operator, admin.TestEvent{Name: "leak", Data: []byte(deep)})
	o.ok(err)
	page := o.as(o.operator).get("/events/"+posted.Event.ID).shows(http.StatusOK, strings.Repeat("[", depth)+strings.Repeat("]", depth))
	if size := len(page.body); size > 1<<20 {
		t.Errorf("the page has %d bytes", size)
	}
}
