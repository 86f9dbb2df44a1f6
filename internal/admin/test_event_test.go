package admin_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestTestEventIsPostedInTheNameOfWhoeverTests(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external)
	posted, err := o.PostTestEvent(o.ctx, o.operator, admin.TestEvent{
		Name: "siem.credential_leaked", Users: []string{" " + o.member.Address, o.operator.ID}, Data: json.RawMessage(`{"ticket": "4711"}`),
	})
	o.must(err)
	e := posted.Event
	if e.Type != rekey.External || e.Source != "/console/"+o.operator.ID || !e.IsTest() || e.PostedBy != o.operator.ID || e.SourceID == "" ||
		!slices.Equal(e.Users, []string{o.member.ID, o.operator.ID}) {
		t.Errorf("posted %+v", e)
	}
	if len(posted.Runs) != 1 || posted.Runs[0].AutomationID != a.ID {
		t.Fatalf("it has started %+v", posted.Runs)
	}
	view, err := o.Event(o.ctx, o.operator, e.ID)
	o.must(err)
	if string(view.Data) != `{"ticket": "4711"}` {
		t.Errorf("on record is %s", view.Data)
	}
	again, err := o.PostTestEvent(o.ctx, o.operator, admin.TestEvent{Name: "siem.credential_leaked"})
	o.must(err)
	if again.Event.ID == e.ID || string(again.Event.Data) != "{}" {
		t.Errorf("posted again it is %+v", again.Event)
	}
}

func TestTestEventLeadsNoRankToAnybodysAutomation(t *testing.T) {
	t.Parallel()
	o := setup(t)
	named, fixed := o.automation(o.root, external), o.automation(o.root, external, target(o.manager.ID))
	_, err := o.PostTestEvent(o.ctx, o.manager, admin.TestEvent{Name: "leak", Users: []string{o.manager.ID, o.operator.ID}})
	o.must(err)
	for _, a := range []rekey.Automation{named, fixed} {
		run := o.runs(a.ID)[0]
		list, err := entries(o.Deliveries(o.ctx, o.root, rekey.DeliveryQuery{RunID: run.ID}, admin.Place{}))
		o.must(err)
		for _, d := range list {
			if d.UserID == o.manager.ID && (d.State != rekey.DeliverySkipped || d.Reason != rekey.ReasonNotPosters) {
				t.Errorf("the manager's own delivery is %s, %q", d.State, d.Reason)
			}
			if d.UserID == o.operator.ID && d.State != rekey.DeliveryQueued {
				t.Errorf("the operator's delivery is %s, %q", d.State, d.Reason)
			}
		}
	}
}

func TestBadTestEventIsRefusedByFieldAndNothingIsStored(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.unchanged(func() {
		for name, c := range map[string]struct {
			event  admin.TestEvent
			fields []string
		}{
			"no name":             {admin.TestEvent{}, []string{"name"}},
			"name with a break":   {admin.TestEvent{Name: "a\nleak"}, []string{"name"}},
			"name of the inside":  {admin.TestEvent{Name: rekey.PasswordSendRequested}, []string{"name"}},
			"external itself":     {admin.TestEvent{Name: rekey.External}, []string{"name"}},
			"nobody and those up": {admin.TestEvent{Name: "a", Users: []string{o.member.ID, "ghost@example.org", o.root.ID, o.manager.Address}}, []string{"users[1]", "users[2]", "users[3]"}},
			"an empty recipient":  {admin.TestEvent{Name: "a", Users: []string{""}}, []string{"users[0]"}},
			"far too many":        {admin.TestEvent{Name: "a", Users: make([]string, rekey.MaxEventUsers+1)}, []string{"users"}},
			"data that is none":   {admin.TestEvent{Name: "a", Data: json.RawMessage(`{"a":`)}, []string{"data"}},
			"data that is a list": {admin.TestEvent{Name: "a", Data: json.RawMessage(`[1]`)}, []string{"data"}},
			"data without end":    {admin.TestEvent{Name: "a", Data: json.RawMessage(`{"a":"` + strings.Repeat("b", 64<<10) + `"}`)}, []string{"data"}},
			"several at once":     {admin.TestEvent{Name: "a\nb", Users: []string{"x"}, Data: json.RawMessage(`"`)}, []string{"name", "users[0]", "data"}},
			"data after the end":  {admin.TestEvent{Name: "a", Data: json.RawMessage(`{} {}`)}, []string{"data"}},
			"a blank at the end":  {admin.TestEvent{Name: "a "}, []string{"name"}},
		} {
			t.Log(name)
			_, err := o.PostTestEvent(o.ctx, o.operator, c.event)
			o.refused(err, rekey.CodeInvalid, c.fields...)
		}
		_, err := o.PostTestEvent(o.ctx, o.member, admin.TestEvent{Name: "a"})
		o.refused(err, rekey.CodeForbidden)
	})
}

func TestSourceOfTestEventsIsNobodysToPostFrom(t *testing.T) {
	t.Parallel()
	o := setup(t)
	forged := []rekey.EventSource{{Source: rekey.TestSource(o.root.ID), Names: []string{"*"}}}
	o.unchanged(func() {
		_, err := o.CreateUser(o.ctx, o.root, newcomer(api, func(u *rekey.SystemUser) { u.Sources = forged }))
		o.refused(err, rekey.CodeInvalid, "sources[0].source")
	})
	old := rekey.SystemUser{Type: rekey.TypeAPI, Sources: forged} // from before it was refused
	if old.MayPost(forged[0].Source, "leak") {
		t.Error("it may be posted from")
	}
}
