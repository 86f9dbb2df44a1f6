package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
)

// filled is the form of a system user, with changes.
func filled(changes ...string) url.Values {
	f := url.Values{
		"address": {"grace@example.org"}, "first_name": {"Grace"}, "last_name": {"Hopper"}, "type": {"ui"}, "role": {"member"},
		"language": {""}, "time_zone": {""}, "go": {"save"}, "version": {"1"},
	}
	for i := 0; i < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
	}
	return f
}

func TestCreatingAUserSaysWhatHappensThen(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	v.get("/users/new").shows(http.StatusOK, "no active automation sends one", `value="administrator"`)
	made, err := o.Admin.NewAutomation(t.Context(), o.root)
	o.ok(err)
	made.Name, made.EventType, made.JobParams = "New <i>colleague</i>", rekey.UserCreated, []byte(`{"use_event_parameter":true}`)
	_, err = o.Admin.CreateAutomation(t.Context(), o.root, made, true)
	o.ok(err)
	v.get("/users/new").shows(http.StatusOK, "1 active automation waits for this event: &#39;New &lt;i&gt;colleague")
	path := v.post("/users/new", filled("attributes[0].name", "team", "attributes[0].value", "blue")).Header.Get("Location")
	path, _, _ = strings.Cut(path, "?")
	v.get(path+"?notice=user-created").shows(http.StatusOK, "Grace Hopper", "grace@example.org", "team", "blue", "The system user is created.")
	o.mail.WaitFor(1)
}

func TestWhatIsWrongWithAUserStandsBesideItsField(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.manager)
	v.post("/users/new", filled("address", "nobody", "first_name", "<script>", "language", "!", "time_zone", "Mars/Olympus",
		"attributes[0].name", "", "attributes[0].value", "lonely", "attributes[1].name", "long", "attributes[1].value", strings.Repeat("x", 501))).
		shows(http.StatusUnprocessableEntity, `href="#address"`, `id="address-error"`, `id="language-error"`, `id="time_zone-error"`,
			`href="#attributes"`, `id="attributes[1].value-error"`, "lonely", "&lt;script&gt;").
		lacks("<script>\"")
	v.post("/users/new", filled("type", "api", "sources[0].source", "", "sources[0].names", "not*a*name", "sources[1].source", "/siem")).
		shows(http.StatusUnprocessableEntity, `id="sources[0].source-error"`, `id="sources[0].names-error"`, `value="/siem"`)
	v.post("/users/new", filled("attributes[0].name", "team", "attributes[1].name", "team")).shows(http.StatusUnprocessableEntity, "appears twice")
	v.post("/users/new", filled("address", o.member.Address)).shows(http.StatusConflict, "Another system user has this address.", `id="address-error"`)
	if page := v.get("/users?search=hopper"); !strings.Contains(page.body, "No system users match") {
		t.Error("somebody was created")
	}
}

func TestRowsAreAddedWithoutScript(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	v.post("/users/new", filled("go", "add-attribute", "attributes[0].name", "team", "attributes[0].value", "blue", "address", "half")).
		shows(http.StatusOK, `name="attributes[0].name" value="team"`, `name="attributes[1].name"`, `value="half"`).lacks("-error")
	v.post("/users/new", filled("go", "add-source", "sources[0].source", "/siem")).
		shows(http.StatusOK, `name="sources[0].source" value="/siem"`, `name="sources[1].names"`)
	v.post("/users/new", filled("address", "p@example.org", "type", "api", "sources[0].source", "/siem", "sources[0].names", "siem.*\r\nother",
		"attributes[0].name", "", "attributes[0].value", ""))
	found, err := o.Admin.FindUser(t.Context(), o.root, "p@example.org")
	o.ok(err)
	if len(found.Attributes) > 0 || len(found.Sources) != 1 || len(found.Sources[0].Names) != 2 {
		t.Errorf("stored %+v", found)
	}
}

func TestNobodyGivesARankAboveTheirOwn(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/users/new").shows(http.StatusOK, `value="member"`).lacks(`value="operator"`, `value="manager"`, `value="administrator"`)
	v.post("/users/new", filled("role", "manager")).shows(http.StatusForbidden, "You cannot create a Manager; an Administrator can.", `id="role-error"`)
	path := "/users/" + o.member.ID + "/edit"
	v.get(path).shows(http.StatusOK, `value="operator"`).lacks(`value="manager"`, `value="administrator"`)
	v.post(path, filled("role", "administrator")).shows(http.StatusForbidden, "You cannot give a role above your own; an Administrator can.")
	for _, u := range []rekey.SystemUser{o.person(rekey.RoleOperator), o.manager} {
		if got := v.post("/users/"+u.ID+"/edit", filled()); got.StatusCode != http.StatusForbidden && got.StatusCode != http.StatusNotFound {
			t.Errorf("changing a %s: %s", u.Role, got.Status)
		}
	}
	if stored := o.read(o.member.ID); stored.Role != rekey.RoleMember || stored.Address != o.member.Address {
		t.Errorf("stored %+v", stored)
	}
}

func TestOwnRoleAndTypeStayWhateverIsSent(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, u := range []rekey.SystemUser{o.root, o.manager} {
		v, path := o.as(u), "/users/"+u.ID+"/edit"
		v.get(path).shows(http.StatusOK, "You cannot change these yourself; somebody of a higher rank, or another Administrator, can.").lacks(`name="role"`, `name="address"`)
		v.post(path, filled("role", "member", "type", "hybrid", "version", "1")).leads("/users/" + u.ID)
		if now := o.read(u.ID); now.Role != u.Role || now.Type != u.Type || now.Address != u.Address || now.FirstName != "Grace" {
			t.Errorf("stored %+v", now)
		}
	}
}

func TestSavingTooLateKeepsWhatWasTypedAndSaysWhatChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, path := o.as(o.root), "/users/"+o.member.ID+"/edit"
	v.get(path).shows(http.StatusOK, `name="version" value="1"`, o.member.Address)
	_, err := o.Admin.UpdateUser(t.Context(), o.manager, o.member.ID, 1, func(u *rekey.SystemUser) error {
		u.LastName, u.Attributes = "<i>King</i>", map[string]string{"team": "blue"}
		return nil
	})
	o.ok(err)
	v.post(path, filled("address", o.member.Address, "version", "1")).
		shows(http.StatusPreconditionFailed, "Somebody saved a newer version", "&lt;i&gt;King", "Hopper", "team = blue", `name="version" value="2"`, `data-unsaved="true"`).
		lacks("<i>King")
	if now := o.read(o.member.ID); now.LastName != "<i>King</i>" {
		t.Errorf("stored %+v", now)
	}
	for _, version := range []string{"", "0", "-1", "x"} { // no page of ours sends these
		v.post(path, filled("address", o.member.Address, "version", version)).shows(http.StatusPreconditionFailed)
	}
	v.post(path, filled("address", o.member.Address, "version", "2")).leads("/users/" + o.member.ID)
	if now := o.read(o.member.ID); now.LastName != "Hopper" {
		t.Errorf("stored %+v", now)
	}
}

func TestSessionEndsForGoodWhenItsUserBecomesAnAPIUser(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.member)
	v.get("/account").shows(http.StatusOK)
	for _, kind := range []rekey.UserType{rekey.TypeAPI, rekey.TypeUI} {
		_, err := o.Admin.UpdateUser(t.Context(), o.root, o.member.ID, 0, func(u *rekey.SystemUser) error {
			u.Type = kind
			return nil
		})
		o.ok(err)
	}
	v.get("/account").leads("/login")
}
