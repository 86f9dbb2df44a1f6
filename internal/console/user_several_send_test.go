package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestTickedPeopleAreSentPasswordsOnceItIsConfirmed(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := o.person(rekey.RoleMember, named("<b>Grace</b>", ""))
	blocked := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	v := o.as(o.operator)
	v.get("/users").shows(http.StatusOK, `name="user" value="`+other.ID, `action="/users/several"`).lacks(o.manager.ID)
	sending := func(ids ...string) url.Values { return url.Values{"act": {"send"}, "user": ids} }
	v.post("/users/several", sending()).shows(http.StatusOK, "Tick the system users")
	v.post("/users/several", url.Values{"act": {"dance"}}).shows(http.StatusBadRequest)
	one := v.post("/users/several", sending(other.ID))
	if to := one.Header.Get("Location"); one.StatusCode != http.StatusSeeOther || to != "/users/"+other.ID+"/send-password" {
		t.Errorf("one person leads to %s %s", one.Status, to)
	}
	ticked := sending(o.member.ID, other.ID, blocked.ID, o.manager.ID)
	page := v.post("/users/several", ticked).shows(http.StatusOK, "Send to 2 people", "Nothing is sent to 2 people:", "This system user is blocked.",
		"Somebody that you may not view", "System user not found.", `name="confirmed" value="yes"`).lacks(o.manager.Address)
	before, err := o.Admin.Runs(t.Context(), o.root, rekey.RunQuery{}, admin.Place{})
	o.ok(err)
	if len(before.Entries) != 0 {
		t.Fatalf("runs before it was confirmed: %+v", before.Entries)
	}
	// The page says to whom nothing was sent. The same form once more makes no second run.
	confirmed := carried(page)
	for range 2 {
		sent := v.post("/users/several", confirmed).shows(http.StatusOK, "A run sends a new password to 2 people.", "Nothing is sent to 2 people:",
			"This system user is blocked.", "Somebody that you may not view").lacks(o.manager.Address)
		id := regexp.MustCompile(`href="/runs/([^"]+)"`).FindStringSubmatch(sent.body)
		if id == nil {
			t.Fatal("no link to the run")
		}
		o.rests(id[1], func(run rekey.Run) bool { return run.State == rekey.RunFinished })
		if n := len(o.deliveries(id[1])); n != 2 {
			t.Errorf("%d deliveries", n)
		}
	}
	after, err := o.Admin.Runs(t.Context(), o.root, rekey.RunQuery{}, admin.Place{})
	o.ok(err)
	if len(after.Entries) != 1 {
		t.Errorf("%d runs", len(after.Entries))
	}
	// Another form: nobody gets a second mail in 4 hours.
	v.post("/users/several", ticked).shows(http.StatusOK, "Nobody would be sent a new password.", "in the last 4 hours").lacks(`name="confirmed"`)
	// If nobody is left out, the run is shown at once.
	fresh := carried(v.post("/users/several", sending(o.person(rekey.RoleMember).ID, o.person(rekey.RoleMember).ID)))
	if to := v.post("/users/several", fresh).Header.Get("Location"); !strings.HasPrefix(to, "/runs/") || !strings.HasSuffix(to, "?notice=several-sent") {
		t.Errorf("it leads to %q", to)
	}
}

// carried are the hidden fields of a page.
func carried(page seen) url.Values {
	form := url.Values{}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(page.body, -1) {
		form.Add(field[1], html.UnescapeString(field[2]))
	}
	return form
}
