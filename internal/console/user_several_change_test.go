package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/browser"
)

// severally is a form about several people.
func severally(act string, ids ...string) url.Values {
	return url.Values{"act": {act}, "user": ids}
}

func TestTickedPeopleAreBlockedAndRestoredOnceItIsConfirmed(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := o.person(rekey.RoleMember, named("<b>Grace</b>", ""))
	v := o.as(o.operator)
	if to := v.post("/users/several", severally("block", other.ID)).Header.Get("Location"); to != "/users/"+other.ID+"/block" {
		t.Errorf("one person leads to %s", to)
	}
	ids := []string{o.member.ID, other.ID, o.operator.ID, o.manager.ID}
	ask := v.post("/users/several", severally("block", ids...)).shows(http.StatusOK, "Block 2 people", "&lt;b&gt;Grace", "Nothing is done with 2 people:",
		"You cannot block yourself", "Somebody that you may not view").lacks(o.manager.Address)
	if o.read(other.ID).Status != rekey.UserActive {
		t.Fatal("blocked before it was confirmed")
	}
	form := carried(ask)
	v.post("/users/several", form).shows(http.StatusOK, "Blocked: 2 people.", "Nothing is done with 2 people:", "You cannot block yourself").lacks(o.manager.Address)
	v.post("/users/several", form).shows(http.StatusOK, "Nobody was changed", "Blocked already: 2 people.")
	if o.read(other.ID).Status != rekey.UserBlocked || o.read(o.manager.ID).Status != rekey.UserActive {
		t.Error("not blocked")
	}
	v.post("/users/several", severally("block", ids...)).shows(http.StatusOK, "Nobody would be changed. Blocked already: 2 people.").lacks(`name="confirmed"`)
	form = carried(v.post("/users/several", severally("restore", ids...)).shows(http.StatusOK, "Restore 2 people"))
	v.post("/users/several", form).shows(http.StatusOK, "Restored: 2 people.")
	if o.read(other.ID).Status != rekey.UserActive {
		t.Error("not restored")
	}
}

func TestLanguageAndAttributesOfSeveralAreSet(t *testing.T) {
	t.Parallel()
	o := open(t)
	other, there := o.person(rekey.RoleMember), o.imported()
	v := o.as(o.operator)
	ids := []string{o.member.ID, other.ID, there.ID}
	step := func(act string, fields url.Values, button string) seen {
		t.Helper()
		form := carried(v.post("/users/several", severally(act, ids...)).shows(http.StatusOK, "Continue", `name="value"`).lacks(`name="confirmed"`))
		maps.Copy(form, fields)
		page := v.post("/users/several", form)
		if button == "" {
			return page
		}
		page.shows(http.StatusOK, button, "Nothing is done with 1 person:", "The directory staff decides this.")
		return v.post("/users/several", carried(page)).shows(http.StatusOK, "Nothing is done with 1 person:", "The directory staff decides this.")
	}
	step("language", url.Values{"value": {"de"}}, "Set the language of 2 people").shows(http.StatusOK, "Language set to Deutsch: 2 people.")
	step("attribute", url.Values{"name": {"team"}, "value": {"<i>blue"}}, "Set the attribute of 2 people").shows(http.StatusOK, "&lt;i&gt;blue")
	if u := o.read(other.ID); u.Language != "de" || u.Attributes["team"] != "<i>blue" {
		t.Errorf("%s, %v", u.Language, u.Attributes)
	}
	if u := o.read(there.ID); u.Language != "" || u.Attributes["team"] != "" {
		t.Errorf("of the directory: %s, %v", u.Language, u.Attributes)
	}
	ids = ids[:2] // the third has no such attribute, so nothing would change
	form := carried(v.post("/users/several", severally("attribute", ids...)))
	form["name"], form["value"] = []string{"team"}, []string{""}
	v.post("/users/several", carried(v.post("/users/several", form).shows(http.StatusOK, "Remove the attribute of 2 people"))).shows(http.StatusOK, "Attribute &#39;team&#39; removed: 2 people.")
	if u := o.read(other.ID); len(u.Attributes) != 0 {
		t.Errorf("%v", u.Attributes)
	}
	step("language", url.Values{"value": {"!"}}, "").shows(http.StatusUnprocessableEntity, `href="#value"`, "Give a language tag").lacks(`name="confirmed"`)
	step("attribute", url.Values{"name": {""}, "value": {"x"}}, "").shows(http.StatusUnprocessableEntity, `href="#name"`, `value="x"`)
	step("attribute", url.Values{"name": {"x"}, "value": {strings.Repeat("x", 501)}}, "").shows(http.StatusUnprocessableEntity, `href="#value"`)
}

func TestAllThatMatchTheListAreFoundWhenItIsConfirmed(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.person(rekey.RoleMember, named("Grace", "Hopper"))
	second := o.person(rekey.RoleMember, named("Grace", "Murray"))
	above := o.person(rekey.RoleManager, named("Grace", "Above"))
	v := o.as(o.operator)
	list := carried(v.get("/users?search=grace&role=member").shows(http.StatusOK, "all 2 system users that match"))
	if list.Get("search") != "grace" || list.Get("role") != "member" {
		t.Fatalf("the list sends %v", list)
	}
	all := url.Values{"act": {"block"}, "all": {"yes"}, "search": {"grace"}, "user": {o.member.ID}}
	ask := v.post("/users/several", all).shows(http.StatusOK, "2 system users match the search", "Block 2 people", "Grace Hopper and Grace Murray", `href="/users?search=grace"`).
		lacks("Above", o.member.Name()+",")
	form := carried(ask)
	if len(form["user"]) != 0 {
		t.Errorf("it carries %v", form["user"])
	}
	// Somebody else matches meanwhile: it asks once more.
	third := o.person(rekey.RoleMember, named("Grace", "Third"))
	again := v.post("/users/several", form).shows(http.StatusOK, "The list has changed since you looked at it", "Block 3 people")
	if o.read(first.ID).Status != rekey.UserActive {
		t.Fatal("blocked although others match now")
	}
	v.post("/users/several", carried(again)).shows(http.StatusOK, "Blocked: 3 people.")
	for _, u := range []rekey.SystemUser{first, second, third} {
		if o.read(u.ID).Status != rekey.UserBlocked {
			t.Errorf("%s is not blocked", u.Name())
		}
	}
	for _, u := range []rekey.SystemUser{above, o.member, o.manager} {
		if o.read(u.ID).Status != rekey.UserActive {
			t.Errorf("%s is blocked", u.Role)
		}
	}
	v.post("/users/several", url.Values{"act": {"send"}, "all": {"yes"}, "search": {"nobody at all"}}).shows(http.StatusOK, "Tick the system users")
}

func TestPeopleAreTickedByKeyboard(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.newcomer(rekey.RoleMember, named("Grace", "Hopper"))
	tab := o.browse(o.root, browser.Options{Width: 390, Height: 844})
	tab.Open(o.URL() + "/users?role=member")
	tab.Eval("document.querySelector('.tick').focus()", nil)
	tab.Press("Space", "Tab", "Tab", "Space")
	tab.WaitUntil("document.querySelectorAll('.tick:checked').length === 2")
	tab.Eval("document.querySelector('button[value=block]').focus()", nil)
	tab.Press("Enter")
	tab.See("Block 2 people")
	tab.Follow("Block 2 people")
	tab.See("Blocked: 2 people.")
	tab.Follow("Back to the list")
	tab.WaitUntil("location.search === '?role=member' && document.querySelectorAll('[data-row]').length === 2")
}
