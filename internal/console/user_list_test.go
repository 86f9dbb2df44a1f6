package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
)

func named(first, last string) func(*rekey.SystemUser) {
	return func(u *rekey.SystemUser) { u.FirstName, u.LastName = first, last }
}

func TestListOfUsersIsNarrowedByItsAddress(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.person(rekey.RoleMember, named("Grace", "Hopper"), func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
	o.person(rekey.RoleMember, named("Grace", "<script>alert(1)</script>"), func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	root := o.as(o.root)
	root.get("/users").shows(http.StatusOK, "6 system users", "Grace Hopper", "Grace &lt;script&gt;", o.member.Address, `href="/users/new"`).
		lacks("<script>alert", "No other system users yet")
	root.get("/users?search=HOPP&type=&role=").shows(http.StatusOK, "1 system user", "Grace Hopper", `value="HOPP"`).lacks(o.member.Address)
	root.get("/users?type=hybrid").shows(http.StatusOK, "1 system user<", "Grace Hopper", `<option value="hybrid" selected>`)
	root.get("/users?role=administrator").shows(http.StatusOK, "1 system user<", o.root.Address)
	root.get("/users?status=blocked").shows(http.StatusOK, "1 system user<", "Blocked</span>")
	root.get("/users?search=nobody").shows(http.StatusOK, "No system users match", `<a class="btn" href="/users">Show all`)
}

func TestListOfUsersIsPaged(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 101 {
		o.newcomer(rekey.RoleMember, named(fmt.Sprintf("Bo%03d", i), ""))
	}
	v := o.as(o.operator)
	first := v.get("/users?search=bo").shows(http.StatusOK, "101 system users", "Bo000", "Bo099", `rel="next"`).lacks("Bo100", `rel="prev"`)
	_, rest, _ := strings.Cut(first.body, `<a class="btn" href="/users?after=`)
	next, _, _ := strings.Cut(rest, `"`)
	v.get("/users?after="+strings.ReplaceAll(next, "&amp;", "&")).shows(http.StatusOK, "101 system users", "Bo100", `rel="prev"`).lacks("Bo099", `rel="next"`)
}

func TestNobodyAboveIsListedOrSuggested(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/users").shows(http.StatusOK, "2 system users", o.operator.Address, o.member.Address).
		lacks(o.manager.Address, o.root.Address, `value="manager"`, `value="administrator"`)
	v.get("/users/suggest?q=ada").shows(http.StatusOK, o.operator.Address, `data-value="`+o.member.Address+`"`).
		lacks(o.manager.Address, o.root.Address, "<html")
	v.get("/users/" + o.manager.ID).shows(http.StatusNotFound)
}

// Package rekey shows each kind of text; this shows that forms and addresses of pages go
// through it.
func TestWhatIsTypedIntoPagesIsReadAsItIsMeant(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	v.post("/users/new", url.Values{
		"address": {"<Zoe@Example.org>\u200b"}, "first_name": {"\u00a0Zoe\u0308\u00a0Maria\ufeff"}, "type": {"ui"}, "role": {"member"}, "language": {"de_AT"},
		"time_zone": {"europe/vienna"}, "attributes[0].name": {"cost\u00a0center\u200b"}, "attributes[0].value": {" 47\u00ad11 "}, "go": {"save"},
	})
	u, err := o.Admin.FindUser(t.Context(), o.root, "mailto:zoe@example.org")
	o.ok(err)
	if u.Address != "Zoe@Example.org" || u.FirstName != "Zo\u00eb Maria" || u.Language != "de-AT" || u.TimeZone != "Europe/Vienna" || u.Attributes["cost center"] != "4711" {
		t.Errorf("%+v", u)
	}
	for _, search := range []string{"zoe\u0308", "ZOË\u00a0MARIA", "mailto:zoe@example.org", "\u200bmaria"} {
		v.get("/users?search="+url.QueryEscape(search)).shows(http.StatusOK, "1 system user<", "Zoe@Example.org")
		v.get("/users/suggest?q="+url.QueryEscape(search)).shows(http.StatusOK, "Zoe@Example.org")
	}
}
