package console_test

import (
	"net/http"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/store"
)

// standing is a finished run: the first person is in, the second not yet, the third had
// no mailbox and the fourth uses the API.
func (o *office) standing() (run rekey.Run, people []rekey.SystemUser) {
	o.t.Helper()
	o.automation(o.root, "Leak", true, onExternal)
	people = []rekey.SystemUser{
		o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.FirstName, u.LastName = "Grace", "Hopper" }),
		o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.FirstName, u.LastName = `=SUM(A1)`, "" }),
		o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.FirstName, u.LastName = "Alan", "Turing" }),
		o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI }),
	}
	o.refuses(people[2])
	ids := make([]string, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	run = o.rests(o.happen(o.root, "siem.leak", ids...)[0].ID, finished)
	o.chooses(people[0])
	return run, people
}

// chooses has a system user choose a password.
func (o *office) chooses(u rekey.SystemUser) {
	o.t.Helper()
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error { return tx.CompleteChange(o.t.Context(), u.ID, "", "chosen", o.now()) }))
}

func TestARunSaysWhoIsInAndWhoIsNotAndWhy(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, people := o.standing()
	v := o.as(o.root)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "1 of 3 are in", "Not yet", "Got no mail", "2 are not: who, and why")
	v.get("/runs/"+run.ID+"?show=in").shows(http.StatusOK, "1 person", "Grace Hopper").lacks("Alan Turing", people[3].Address)
	v.get("/runs/"+run.ID+"?show=not_in").shows(http.StatusOK, "2 people", "Alan Turing", "The mail server refused the message.", "Not used yet; expires in").
		lacks("Grace Hopper", people[3].Address)
	v.get("/runs/"+run.ID+"?show=no_longer").shows(http.StatusOK, "No password has expired")
	v.get("/runs").shows(http.StatusOK, "1 of 3")
}

func TestTheOverviewLeadsToThoseWhoAreNotIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, _ := o.standing()
	v := o.as(o.operator)
	v.get("/").shows(http.StatusOK, "Latest runs", "1 of 3 are in", `href="/runs/`+run.ID+`?show=not_in"`, "2 are not: who, and why")
	v.get("/runs/"+run.ID+"?show=not_in").shows(http.StatusOK, "Alan Turing", "The mail server refused the message.")
}

func TestPeopleOfARunAreDownloadedAsCSVThatRunsNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, people := o.standing()
	page := o.as(o.root).get("/runs/" + run.ID + "/people.csv?show=not_in")
	if page.StatusCode != http.StatusOK || page.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(page.Header.Get("Content-Disposition"), "-not_in.csv") {
		t.Errorf("%d %v", page.StatusCode, page.Header)
	}
	lines := strings.Split(strings.TrimSpace(page.body), "\r\n")
	if len(lines) != 3 || lines[0] != "name,address,standing,why,sent_at,valid_until,in_at,delivery" {
		t.Fatalf("%q", lines)
	}
	for _, want := range []string{
		`'=SUM(A1),` + people[1].Address + ",not_yet,has not chosen a password yet,2026-11-22T13:00:00Z,",
		"Alan Turing," + people[2].Address + ",none,the mail server refused the message,,",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no line %s in\n%s", want, page.body)
		}
	}
}
