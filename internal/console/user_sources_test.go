package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"rekey"
)

const ticketMapping = `[event.data.ticket.reporter.email]`

func TestMappingIsTriedBesideItAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.manager)
	try := func(people, sample string) seen {
		return v.post("/users/new", filled("go", "sources[0].try", "type", "api", "address", "tickets@example.org",
			"sources[0].source", "/tickets", "sources[0].names", "com.example.*", "sources[0].people", people, "sources[0].sample", sample))
	}
	sample := `{"data": {"ticket": {"reporter": {"email": "` + o.member.Address + `"}}}}`
	try(ticketMapping, sample).shows(http.StatusOK, "This event names:", "<code>"+o.member.Address+"</code>", ticketMapping, `value="/tickets"`, "com.example.*").
		lacks("Not system users", "-error")
	try(ticketMapping, `{"data": {"ticket": {"reporter": {"email": "<b>@example.org"}}}}`).shows(http.StatusOK, "&lt;b&gt;@example.org", "Not system users that you can see: 1.")
	try(`[]`, sample).shows(http.StatusOK, "This event names nobody.")
	try(`[event.data.owner]`, sample).shows(http.StatusOK, `id="sources[0].sample-error"`, "no such key: owner")
	try(`[user.email]`, sample).shows(http.StatusOK, `id="sources[0].people-error"`, "A mapping is about event")
	try(ticketMapping, ``).shows(http.StatusOK, `id="sources[0].sample-error"`, "Give an event as JSON.")
	try(ticketMapping, `[1]`).shows(http.StatusOK, "Give an event as a JSON object.")
	if _, err := o.Admin.FindUser(t.Context(), o.root, "tickets@example.org"); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("somebody was created: %v", err)
	}
}

func TestTrustInAMappingIsForAdministrators(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.newcomer(rekey.RoleMember, program)
	o.automation(o.root, "Replaces", true, func(a *rekey.Automation) { a.EventType = rekey.External })
	path := "/users/" + u.ID + "/edit"
	mapped := func(more ...string) url.Values {
		return filled(append([]string{"address", u.Address, "type", "api", "version", strconv.FormatInt(o.read(u.ID).Version, 10),
			"sources[0].source", "/tickets", "sources[0].names", "com.example.*", "sources[0].people", ticketMapping}, more...)...)
	}
	manager := o.as(o.manager)
	manager.get(path).shows(http.StatusOK, `name="sources[0].people"`).lacks(`name="sources[0].trusted"`)
	manager.post(path, mapped("sources[0].trusted", "on")).shows(http.StatusForbidden, "Only an Administrator may trust a source")
	manager.post(path, mapped()).leads("/users/" + u.ID)
	manager.get("/users/"+u.ID).shows(http.StatusOK, ticketMapping, "Not trusted: runs of its events may only keep the old password.",
		"Runs of these automations fail for its events", ">Replaces<")
	root := o.as(o.root)
	root.get(path).shows(http.StatusOK, `name="sources[0].trusted"`)
	root.post(path, mapped("sources[0].trusted", "on")).leads("/users/" + u.ID)
	root.get("/users/"+u.ID).shows(http.StatusOK, "Trusted to name people.").lacks("fail for its events")
	// Whoever may change its sources may take the trust back.
	manager.get(path).shows(http.StatusOK, `name="sources[0].trusted" value="on" checked`)
	manager.post(path, mapped()).leads("/users/" + u.ID)
	if s := o.read(u.ID).Sources[0]; s.Trusted || s.People != ticketMapping {
		t.Errorf("stored %+v", s)
	}
	root.post(path, mapped("sources[0].people", "event.data.")).shows(http.StatusUnprocessableEntity, `id="sources[0].people-error"`)
}
