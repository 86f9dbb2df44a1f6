package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

// automation creates one that is complete, as a draft or active.
func (o *office) automation(owner rekey.SystemUser, name string, active bool, changes ...func(*rekey.Automation)) rekey.Automation {
	o.t.Helper()
	a := rekey.Automation{Name: name, EventType: rekey.UserRestored, JobType: rekey.SendNewPassword, TimeZone: "UTC"}
	sends(rekey.SendParams{UseEventParameter: true})(&a)
	for _, change := range changes {
		change(&a)
	}
	saved, err := o.Admin.CreateAutomation(o.t.Context(), owner, a, active)
	o.ok(err)
	return saved.Automation
}

func sends(p rekey.SendParams) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.JobParams, _ = json.Marshal(p) // plain texts
	}
}

func TestListOfAutomationsIsNarrowedByItsAddress(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.operator, "Locked out", true, func(a *rekey.Automation) {
		a.EventType, a.Delay = rekey.UserLocked, rekey.Delay{Unit: rekey.Hours, Value: 2}
		sends(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged})(a)
	})
	o.automation(o.root, "<script>alert(1)</script>", false, sends(rekey.SendParams{IncludeAPIUsers: true}))
	v := o.as(o.operator)
	v.get("/automations").shows(http.StatusOK, "4 automations", "Locked out", "user.locked", "Active</span> · <bdi>Ada Byron", "API users kept out", "waits 2 hours",
		"&lt;script&gt;", "Draft</span>", "missing: recipient", "API users included", "Rekey itself", "Somebody of a higher rank", `href="/automations/new" data-new`).
		lacks("<script>alert", "Start with one of these")
	v.get("/automations?search=LOCKED&status=&event=").shows(http.StatusOK, "1 automation<", "Locked out", `value="LOCKED"`)
	v.get("/automations?search=byron").shows(http.StatusOK, "1 automation<", "Locked out")
	v.get("/automations?status=draft").shows(http.StatusOK, "1 automation<", "&lt;script&gt;", `<option value="draft" selected>`)
	v.get("/automations?event=user.locked").shows(http.StatusOK, "1 automation<", "Locked out")
	v.get("/automations?owner="+o.operator.ID).shows(http.StatusOK, "1 automation<", "Locked out")
	v.get("/automations?search=nothing").shows(http.StatusOK, "No automations match", `<a class="btn" href="/automations">Show all`)
	o.as(o.member).get("/automations").shows(http.StatusForbidden)
}

func TestListNamesOnlyWhatADraftLacks(t *testing.T) {
	t.Parallel()
	o := open(t)
	kiosks, err := o.Admin.CreateSelection(t.Context(), o.root, rekey.Selection{Name: "Kiosks", Expression: `user.domain == "kiosk.example"`})
	o.ok(err)
	in := func(a *rekey.Automation) { a.SelectionID = kiosks.ID }
	for name, c := range map[string]struct {
		active bool
		lacks  string
		change []func(*rekey.Automation)
	}{
		"A selection that is set": {true, "", []func(*rekey.Automation){in}},
		"Whoever it names":        {true, "", nil},
		"One person":              {true, "", []func(*rekey.Automation){sends(rekey.SendParams{SystemUser: o.member.ID})}},
		"A delay":                 {true, "", []func(*rekey.Automation){func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 2} }}},
		"Everybody in a set selection": {true, "", []func(*rekey.Automation){in, func(a *rekey.Automation) { a.EventType = rekey.External },
			sends(rekey.SendParams{EverybodyInSelection: true})}},
		"Everybody in no selection": {false, "missing: selection", []func(*rekey.Automation){func(a *rekey.Automation) { a.EventType = rekey.External },
			sends(rekey.SendParams{EverybodyInSelection: true})}},
		"No event":                  {false, "missing: event", []func(*rekey.Automation){func(a *rekey.Automation) { a.EventType = "" }}},
		"No recipient, a selection": {false, "missing: recipient", []func(*rekey.Automation){in, sends(rekey.SendParams{})}},
	} {
		o.automation(o.operator, name, c.active, c.change...)
		page := o.as(o.operator).get("/automations?search="+url.QueryEscape(name)).shows(http.StatusOK, c.lacks)
		if c.lacks == "" {
			page.lacks("missing:")
		}
	}
}

func TestOnlyWhatOneMayDoIsOffered(t *testing.T) {
	t.Parallel()
	o := open(t)
	own := o.automation(o.operator, "Own", true)
	other := o.automation(o.root, "Other", true)
	v := o.as(o.operator).get("/automations")
	for _, verb := range []string{"edit", "deactivate", "delete"} {
		v.shows(http.StatusOK, fmt.Sprintf(`href="/automations/%s/%s"`, own.ID, verb)).lacks(fmt.Sprintf(`href="/automations/%s/%s"`, other.ID, verb))
	}
	v.shows(http.StatusOK, fmt.Sprintf(`action="/automations/%s/copy"`, own.ID), fmt.Sprintf(`action="/automations/%s/copy"`, other.ID))
	root := o.as(o.root).get("/automations?search=Send+a+new")
	root.shows(http.StatusOK, "/edit", "/deactivate").lacks("/delete")
}

func TestListSaysWhyTheLastRunReachedNobody(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leaked", true, func(a *rekey.Automation) { a.EventType = rekey.External })
	robot := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	posted, err := o.Admin.PostTestEvent(t.Context(), o.root, admin.TestEvent{Name: "siem.leak", Users: []string{robot.ID}})
	o.ok(err)
	for _, run := range posted.Runs {
		o.ok(o.Engine.Execute(t.Context(), run.ID))
	}
	o.as(o.root).get("/automations?search=leaked").shows(http.StatusOK, `href="/runs/`+posted.Runs[0].ID, "Finished</span> · 1 uses the API.")
}

func TestRecipesAreOfferedWhileThereIsNone(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/automations").shows(http.StatusOK, "Start with one of these", "/automations/new?recipe=locked-out", "2 automations")
	o.automation(o.operator, "One", false)
	v.get("/automations").shows(http.StatusOK, "3 automations").lacks("Start with one of these")
}
