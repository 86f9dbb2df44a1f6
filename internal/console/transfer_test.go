package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
)

func TestAutomationOfABlockedOwnerIsShownAsStoppedAndTransferred(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Leak", true, onExternal)
	heir := o.person(rekey.RoleOperator, named("Grace", "Hopper"))
	v := o.as(o.root)
	v.get("/users/"+o.operator.ID+"/block").shows(http.StatusOK, "They own the automation &#39;Leak&#39;", `name="owner"`, "(optional)", "See who their automations would reach")
	v.post("/users/"+o.operator.ID+"/block", url.Values{}).leads("/users/" + o.operator.ID)
	run := o.happen(o.root, "leak", o.member.ID)[0]
	o.ok(o.Engine.Execute(t.Context(), run.ID))
	v.get("/automations").shows(http.StatusOK, `<span class="dot red" aria-hidden="true"></span>Stopped: its owner is blocked`, "/automations/"+a.ID+"/transfer")
	v.get("/automations?status=active").lacks("/automations/" + a.ID + "/transfer")
	v.get("/automations?status=stopped").shows(http.StatusOK, "Leak")
	v.get("/").shows(http.StatusOK, "1 run is held because the owner of its automation is blocked.", `href="/automations?status=stopped"`).lacks("approval")
	v.get("/runs/"+run.ID).shows(http.StatusOK, "It continues when they are restored", `href="/automations/`+a.ID+`/transfer"`).lacks("/approve")
	v.get("/automations/"+a.ID).shows(http.StatusOK, "The owner is blocked", "1 run is held.", `href="/automations/`+a.ID+`/held"`)
	v.get("/automations/"+a.ID+"/held").shows(http.StatusOK, "transfer the automation to a new owner").lacks("Approve for")
	at := "/automations/" + a.ID + "/transfer"
	v.get(at).shows(http.StatusOK, "Its owner is blocked, so its runs are held.", `formmethod="get"`)
	v.get(at+"?owner="+url.QueryEscape(heir.Address)).shows(http.StatusOK, "1 person would get a new password", o.member.Address, "have passwords that the owner may not set")
	v.get(at+"?owner="+url.QueryEscape(o.member.Address)).shows(http.StatusUnprocessableEntity, "A Member cannot own automations")
	v.post(at, url.Values{"owner": {o.member.Address}}).shows(http.StatusUnprocessableEntity, "A Member cannot own automations", `value="`+o.member.Address+`"`)
	v.post(at, url.Values{"owner": {heir.Address}}).leads("/automations/" + a.ID)
	o.rests(run.ID, finished)
	v.get("/automations").shows(http.StatusOK, "Grace Hopper").lacks(`</span>Stopped: its`)
}

func TestWhoIsDeletedHandsOnWhatTheyOwnInOneForm(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.operator, "Leak", true, onExternal)
	o.selection(o.operator, "Kiosks", "true")
	heir := o.person(rekey.RoleOperator)
	v, path := o.as(o.root), "/users/"+o.operator.ID
	v.get(path).shows(http.StatusOK, `href="`+path+`/hand-on"`)
	v.get(path+"/hand-on").shows(http.StatusOK, "This gives the automation &#39;Leak&#39;, and 1 selection")
	v.get(path+"/delete").shows(http.StatusOK, "They own the automation &#39;Leak&#39;, and 1 selection.", `name="owner"`, "required")
	v.post(path+"/delete", url.Values{}).shows(http.StatusConflict, "Transfer them to another owner first")
	v.post(path+"/delete", url.Values{"owner": {"nobody@example.org"}}).shows(http.StatusUnprocessableEntity, "System user not found")
	v.post(path+"/delete", url.Values{"owner": {heir.Address}}).leads("/users")
	v.get("/automations?owner="+heir.ID).shows(http.StatusOK, "Leak")
	v.post("/users/"+heir.ID+"/hand-on", url.Values{"owner": {o.manager.Address}}).leads("/users/" + heir.ID)
	v.get("/users/"+heir.ID+"/hand-on").shows(http.StatusOK, "owns no automations and no selections")
}

func TestHeldRunsAreShownWithTheirPeopleAndLetGoTogether(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.manager, "Many", true, onExternal, sends(rekey.SendParams{UseEventParameter: true, Ceiling: 1}))
	api := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	ada, bob, cleo, dan := o.person(rekey.RoleMember, named("Ada", "One")), o.person(rekey.RoleMember, named("Bob", "Two")), o.person(rekey.RoleMember), o.person(rekey.RoleMember)
	first := o.happen(o.root, "leak", api.ID, ada.ID, bob.ID)[0]
	second := o.happen(o.root, "leak", cleo.ID, dan.ID)[0]
	o.rests(first.ID, rekey.Run.Held)
	o.rests(second.ID, rekey.Run.Held)
	v := o.as(o.root)
	v.get("/automations/"+a.ID+"?preview=on").shows(http.StatusOK, "Reaching more than 1 person in an hour needs approval.", "The run would be held for approval: 6 people, ceiling 1.")
	v.post("/events/preview", url.Values{"name": {"leak"}, "users": {ada.Address + "\n" + bob.Address}}).
		shows(http.StatusOK, "The run would be held for approval: 2 people, ceiling 1.")
	v.get("/runs?state=held").shows(http.StatusOK, "2 people, ceiling 1.")
	v.get("/runs/"+first.ID).shows(http.StatusOK, `aria-current="page">Held`, "Ada One", "Bob Two", "2 deliveries", "(2 people, ceiling 1)").lacks(api.Address)
	v.get("/runs/"+first.ID+"?show=all").shows(http.StatusOK, `aria-current="page">All`, "Ada One", api.Address)
	at := "/automations/" + a.ID + "/held"
	o.as(o.manager).get(at).shows(http.StatusOK, "because you own it or saved it last; another person or an Administrator can", "Cancel 2 runs").lacks("Approve for")
	page := v.get(at).shows(http.StatusOK, "2 runs wait for approval. In all, 4 people", "Ada One, Bob Two", "Approve for 4 people", "Cancel 2 runs", "2 people, ceiling 1.")
	_, action, _ := strings.Cut(page.body, `action="`+at+`/approve`)
	query, _, _ := strings.Cut(strings.ReplaceAll(action, "&amp;", "&"), `"`)
	v.post(at+"/approve"+strings.Replace(query, "count=4", "count=5", 1), url.Values{}).shows(http.StatusConflict, "would reach 4 people in all, not 5")
	v.post(at+"/approve"+query, url.Values{}).leads("/automations/" + a.ID)
	o.rests(first.ID, finished)
	o.rests(second.ID, finished)
	v.get(at).shows(http.StatusOK, "No run of &#39;Many&#39; is held", `<a class="btn btn-primary" href="/automations/`+a.ID+`">Back to`)
}
