package console_test

import (
	"net/http"
	"net/url"
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
	v.get("/users").shows(http.StatusOK, `name="user" value="`+other.ID, `action="/users/send-password"`).lacks(o.manager.ID)
	v.post("/users/send-password", url.Values{}).shows(http.StatusOK, "Tick the system users")
	one := v.post("/users/send-password", url.Values{"user": {other.ID}})
	if to := one.Header.Get("Location"); one.StatusCode != http.StatusSeeOther || to != "/users/"+other.ID+"/send-password" {
		t.Errorf("one person leads to %s %s", one.Status, to)
	}
	ticked := url.Values{"user": {o.member.ID, other.ID, blocked.ID, o.manager.ID}}
	v.post("/users/send-password", ticked).shows(http.StatusOK, "Send to 2 people", "To 2 people nothing is sent:", ": This system user is blocked.",
		"Somebody that you may not view: System user not found.", `name="confirmed" value="yes"`).lacks(o.manager.Address)
	before, err := o.Admin.Runs(t.Context(), o.root, rekey.RunQuery{}, admin.Place{})
	o.ok(err)
	if len(before.Entries) != 0 {
		t.Fatalf("runs before it was confirmed: %+v", before.Entries)
	}
	ticked.Set("confirmed", "yes")
	sent := v.post("/users/send-password", ticked)
	id, query, _ := strings.Cut(strings.TrimPrefix(sent.Header.Get("Location"), "/runs/"), "?")
	if sent.StatusCode != http.StatusSeeOther || query != "notice=several-sent" {
		t.Fatalf("%s to %s", sent.Status, sent.Header.Get("Location"))
	}
	o.rests(id, func(run rekey.Run) bool { return run.State == rekey.RunFinished })
	if n := len(o.deliveries(id)); n != 2 {
		t.Errorf("%d deliveries", n)
	}
	// The same form once more: nobody gets a second mail.
	again := v.post("/users/send-password", ticked)
	second, _, _ := strings.Cut(strings.TrimPrefix(again.Header.Get("Location"), "/runs/"), "?")
	o.rests(second, func(run rekey.Run) bool { return run.State == rekey.RunFinished })
	for _, d := range o.deliveries(second) {
		if d.State != rekey.DeliverySkipped {
			t.Errorf("sent twice: %+v", d)
		}
	}
}
