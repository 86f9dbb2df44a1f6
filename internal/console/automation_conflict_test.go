package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestConflictKeepsWhatWasTypedAndShowsWhatChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Locked out", true, func(a *rekey.Automation) { a.Description = "Help desk relief" })
	edit := "/automations/" + a.ID + "/edit"
	v := o.as(o.operator)
	mine := v.get(edit).shows(http.StatusOK, "keeps running as it was saved")
	bo := o.person(rekey.RoleManager, named("Bo", "Ek"))
	o.pass(2 * 60e9)
	_, err := o.Admin.UpdateAutomation(t.Context(), bo, a.ID, a.Version, func(a *rekey.Automation) error {
		a.Description, a.Delay = "Bo's <b>", rekey.Delay{Unit: rekey.Days, Value: 4}
		return nil
	})
	o.ok(err)
	typed := url.Values{"name": {"Mine"}, "description": {"My own"}}
	conflict := v.press(mine, edit, "save", typed)
	conflict.shows(http.StatusConflict, "<bdi>Somebody</bdi> saved a newer version", "just now", "Description", "Help desk relief", "Bo&#39;s &lt;b&gt;",
		`value="Mine"`, "My own", "Delay", "Save my version", "Use their version", "Save my version as a copy").lacks("Bo's <b>", "Time zone</th>")
	if now := o.stored(a.ID); now.Name != "Locked out" || now.Version != 2 {
		t.Errorf("something was stored: %+v", now)
	}
	copied := v.press(conflict, edit, "copy", nil)
	to := strings.TrimPrefix(strings.Split(copied.Header.Get("Location"), "?")[0], "/automations/")
	if c := o.stored(to); c.Name != "Mine (copy)" || c.Description != "My own" || c.Status != rekey.AutomationDraft || to == a.ID {
		t.Errorf("the copy is %+v", c)
	}
	v.press(conflict, edit, "save", nil).leads("/automations/" + a.ID)
	if now := o.stored(a.ID); now.Name != "Mine" || now.Description != "My own" || now.Version != 3 || !now.Delay.IsZero() {
		t.Errorf("got %+v", now)
	}
	// A boss sees who it was.
	typed.Set("as", o.root.ID)
	o.as(o.root).press(mine, edit, "save", typed).shows(http.StatusConflict, "<bdi>Ada Byron</bdi> saved a newer version")
}

func (o *office) stored(id string) rekey.Automation {
	o.t.Helper()
	a, err := o.DB.Automation(o.t.Context(), id)
	o.ok(err)
	return a
}

func TestDeletedMeanwhileIsKeptInTheEditor(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Locked out", false)
	edit := "/automations/" + a.ID + "/edit"
	v := o.as(o.operator)
	mine := v.get(edit)
	_, err := o.Admin.DeleteAutomation(t.Context(), o.operator, a.ID, 0)
	o.ok(err)
	gone := v.press(mine, edit, "save", url.Values{"description": {"Typed with care"}})
	gone.shows(http.StatusNotFound, "Somebody deleted this automation in the meantime", "Typed with care", `action="/automations/new"`)
	made := v.press(gone, "/automations/new", "save", nil)
	if b := o.stored(strings.TrimPrefix(strings.Split(made.Header.Get("Location"), "?")[0], "/automations/")); b.Description != "Typed with care" || b.ID == a.ID {
		t.Errorf("got %+v", b)
	}
}

func TestAPIUsersAreReachedOnlyByWhoeverTypesHowManyTheyAre(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, address := range []string{"reports@example.org", "sync@example.org"} {
		o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Address, u.Type = address, rekey.TypeAPI })
	}
	v := o.as(o.operator)
	const at = "/automations/new"
	page := v.press(v.get(at), at, "job", url.Values{"name": {"All"}, "event_type": {rekey.UserRestored}, "job_params.use_event_parameter": {"on"}, "selection_id": {""}})
	page.shows(http.StatusOK, "Programs log in with these passwords").lacks("reports@example.org</a></span></th>")
	page = v.press(page, at, "preview", url.Values{"job_params.include_api_users": {"on"}})
	page.shows(http.StatusOK, "It would reach 2 accounts now", "reports@example.org", "Last call by password", "never")
	for _, button := range []string{"save", "activate"} {
		for _, typed := range []string{"", "1", "two"} {
			v.press(page, at, button, url.Values{"confirm_api_users": {typed}}).
				shows(http.StatusUnprocessableEntity, "To confirm, enter 2: the number of API users that this would reach now.", `href="#confirm_api_users"`)
		}
	}
	// From another step it leads to where the number is typed.
	v.press(v.press(page, at, "frame", nil), at, "activate", nil).shows(http.StatusUnprocessableEntity, "To confirm, enter 2:", `id="confirm_api_users"`)
	saved := v.press(page, at, "save", url.Values{"confirm_api_users": {"2"}})
	path, _, _ := strings.Cut(saved.Header.Get("Location"), "?")
	saved.leads(path)
	// Activating asks again: the accounts may be others by then.
	v.get(path).shows(http.StatusOK, `href="`+path+`/activate"`, "API users are included")
	v.get(path+"/activate").shows(http.StatusOK, "It would reach 2 accounts now", "sync@example.org", "fail with wrong credentials")
	v.post(path+"/activate", nil).shows(http.StatusUnprocessableEntity, "To confirm, enter 2:")
	if a := o.stored(strings.TrimPrefix(path, "/automations/")); a.Status != rekey.AutomationDraft {
		t.Errorf("it is %s", a.Status)
	}
	v.post(path+"/activate", url.Values{"confirm_api_users": {"2"}}).leads(path)
	if a := o.stored(strings.TrimPrefix(path, "/automations/")); a.Status != rekey.AutomationActive {
		t.Errorf("it is %s", a.Status)
	}
	page = v.press(v.get(path+"/edit"), path+"/edit", "job", url.Values{"selection_id": {o.allExceptAPI()}})
	page.shows(http.StatusOK, "still leaves them out")
	v.press(page, path+"/edit", "save", url.Values{"confirm_api_users": {"2"}}).shows(http.StatusUnprocessableEntity, "To confirm, enter 0:")
}

func (o *office) allExceptAPI() string {
	o.t.Helper()
	sel, err := o.DB.BuiltInSelection(o.t.Context(), rekey.AllExceptAPI)
	o.ok(err)
	return sel.ID
}

func TestRecipesCanBeActivatedAsTheyAre(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	const at = "/automations/new"
	for _, recipe := range []string{"new-colleague", "locked-out", "leaked-credential"} {
		page := v.get(at+"?recipe="+recipe).shows(http.StatusOK, "Define event", `data-unsaved="false"`).lacks("missing")
		saved := v.press(page, at, "activate", nil)
		a := o.stored(strings.TrimPrefix(strings.Split(saved.Header.Get("Location"), "?")[0], "/automations/"))
		if a.Status != rekey.AutomationActive || a.SelectionID != o.allExceptAPI() || a.TimeZone != "Europe/Berlin" {
			t.Errorf("%s: %+v", recipe, a)
		}
	}
	v.get(at+"?event=user.restored").shows(http.StatusOK, `value="user.restored" checked`)
	v.get(at+"?event=rubbish&recipe=none").shows(http.StatusOK, "choose an event")
}

func TestPreviewSaysWhoAndWhyNotWhileItIsTyped(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Address, u.Type = "reports@example.org", rekey.TypeAPI })
	v := o.as(o.operator)
	form := controls(t, v.get("/automations/new?recipe=locked-out").body)
	form.Set("delay", "yes")
	form.Set("delay.value", "2")
	form.Set("step", "frame")
	form["time_frame.days"] = []string{"monday"}
	seen := v.post("/automations/reach", form)
	seen.shows(http.StatusOK, `id="reach" data-said="Reaches 1, skips 2"`, o.member.Address, "Uses the API · 1", "reports@example.org", "The automation&#39;s owner may not set this password · 1",
		"2 hours", "Only", `id="words" hx-swap-oob="true"`, "23 November 2026, 16:00 CET", "Somebody who is locked out on Tuesday waits until Monday.", "SAMPLE-SAMPLE").
		lacks("<html", o.root.Address, o.manager.Address)
	form.Set("naming", "nobody@example.org, "+o.member.Address)
	v.post("/automations/reach", form).shows(http.StatusOK, "Reaches 1, skips 1", "Not a system user · 1", "nobody@example.org").lacks("reports@example.org")
	form.Del("event_type")
	v.post("/automations/reach", form).shows(http.StatusOK, "The recipients are not known yet", "choose an event", "Choose an event type from the catalogue.")
	form.Set("as", o.member.ID)
	o.as(o.member).post("/automations/reach", form).shows(http.StatusForbidden)
}

func TestWhatExistsFromTheStartKeepsItsPurposeInTheEditor(t *testing.T) {
	t.Parallel()
	o := open(t)
	a, err := o.DB.BuiltInAutomation(t.Context(), admin.BuiltInReset)
	o.ok(err)
	path := "/automations/" + a.ID
	v := o.as(o.root)
	page := v.get(path+"/edit").shows(http.StatusOK, "you cannot change its event", `value="password.reset_requested" checked`).lacks(`value="user.created"`)
	page = v.press(page, path+"/edit", "job", url.Values{"name": {"Forgotten"}})
	page.shows(http.StatusOK, "you cannot change the recipients").lacks(`id="job_params.system_user"`)
	v.press(page, path+"/edit", "save", url.Values{"job_params.note": {"Hello"}}).leads(path)
	if b := o.stored(a.ID); b.Name != "Forgotten" || string(b.JobParams) != `{"use_event_parameter":true,"old_password":"keep","note":"Hello"}` {
		t.Errorf("got %+v", b)
	}
	o.as(o.manager).get(path+"/edit").shows(http.StatusForbidden, "You can make your own copy")
	v.get(path+"/delete").shows(http.StatusOK, "cannot be deleted").lacks("permanently")
}
