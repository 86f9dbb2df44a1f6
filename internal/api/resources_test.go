package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
)

func TestBadInputIsRefusedNamingTheField(t *testing.T) {
	t.Parallel()
	o := setup(t)
	member := o.person("member@example.org", "", func(u *rekey.SystemUser) { u.Type = rekey.TypeUI })
	person := func(more string) string {
		return `{"address":"new@example.org","type":"ui","role":"member"` + more + `}`
	}
	automation := func(more string) string {
		return `{"name":"Leaked","event_type":"external","job_type":"send_new_password","job_params":{"use_event_parameter":true}` + more + `}`
	}
	for name, bad := range map[string]struct {
		path, body string
		status     int
		fields     []string
	}{
		"name of 101 characters":   {"/automations", strings.Replace(automation(""), "Leaked", strings.Repeat("x", 101), 1), 422, []string{"name"}},
		"no target":                {"/automations", strings.Replace(automation(""), `"use_event_parameter":true`, "", 1), 422, []string{"job_params.system_user"}},
		"no parameters":            {"/automations", strings.Replace(automation(""), `,"job_params":{"use_event_parameter":true}`, "", 1), 422, []string{"job_params.system_user"}},
		"two targets":              {"/automations", strings.Replace(automation(""), `true`, `true,"system_user":"`+member.ID+`"`, 1), 422, []string{"job_params.system_user"}},
		"unknown job parameter":    {"/automations", strings.Replace(automation(""), `true`, `true,"include":1`, 1), 422, []string{"job_params.include"}},
		"job parameters no object": {"/automations", strings.Replace(automation(""), `{"use_event_parameter":true}`, `"x"`, 1), 422, []string{"job_params"}},
		"delay 0":                  {"/automations", automation(`,"delay":{"unit":"hours","value":0}`), 422, []string{"delay.value"}},
		"delay 10,000":             {"/automations", automation(`,"delay":{"unit":"hours","value":10000}`), 422, []string{"delay.value"}},
		"unknown unit":             {"/automations", automation(`,"delay":{"unit":"months","value":1}`), 422, []string{"delay.unit"}},
		"half a delay":             {"/automations", automation(`,"delay":{"unit":"hours"}`), 422, []string{"delay.value"}},
		"delay with a fraction":    {"/automations", automation(`,"delay":{"unit":"hours","value":1.5}`), 422, []string{"delay.value"}},
		"unknown field":            {"/automations", automation(`,"nickname":"x"`), 422, []string{"nickname"}},
		"unknown field below":      {"/automations", automation(`,"delay":{"unit":"hours","value":1,"units":2}`), 422, []string{"delay.units"}},
		"field in capitals":        {"/automations", automation(`,"Description":"x"`), 422, []string{"Description"}},
		"new and active":           {"/automations", automation(`,"status":"active"`), 422, []string{"status"}},
		"unknown event type":       {"/automations", strings.Replace(automation(""), `"external"`, `"user.gone"`, 1), 422, []string{"event_type"}},
		"unknown selection":        {"/automations", automation(`,"selection_id":"nope"`), 422, []string{"selection_id"}},
		"address with line break":  {"/users", strings.Replace(person(""), "@example.org", `@example.org\r\nBcc: x@y.org`, 1), 422, []string{"address"}},
		"name with line break":     {"/users", person(`,"first_name":"Ada\r\nBcc: x"`), 422, []string{"first_name"}},
		"name with link":           {"/users", person(`,"last_name":"http://evil.example"`), 422, []string{"last_name"}},
		"unknown role":             {"/users", strings.Replace(person(""), `"member"`, `"root"`, 1), 422, []string{"role"}},
		"no type":                  {"/users", strings.Replace(person(""), `"type":"ui",`, ``, 1), 422, []string{"type"}},
		"role null":                {"/users", strings.Replace(person(""), `"member"`, `null`, 1), 422, []string{"role"}},
		"role twice, one number":   {"/users", person(`,"role":3`), 400, []string{"role"}},
		"blocked from the start":   {"/users", person(`,"status":"blocked"`), 422, []string{"status"}},
		"CEL with a type error":    {"/selections", `{"name":"s","expression":"user.rank == 'x'"}`, 422, []string{"expression"}},
		"CEL that is no bool":      {"/selections", `{"name":"s","expression":"user.rank"}`, 422, []string{"expression"}},
		"CEL in a preview":         {"/selections/preview", `{"expression":"user.typo"}`, 422, []string{"expression"}},
		"trailing garbage":         {"/users", person("") + "x", 400, []string{"body"}},
		"two values":               {"/users", person("") + person(""), 400, []string{"body"}},
		"cut short":                {"/users", person("")[:20], 400, []string{"body"}},
		"no body":                  {"/users", "", 400, nil},
		"a list":                   {"/users", "[]", 422, []string{"body"}},
		"70 KiB":                   {"/users", person(`,"language":"` + strings.Repeat("x", 70<<10) + `"`), 413, nil},
		"2 MiB":                    {"/users", person(`,"language":"` + strings.Repeat("x", 2<<20) + `"`), 413, nil},
		"unknown parameter":        {"/users?dry_run=1", person(""), 422, []string{"dry_run"}},
	} {
		t.Log(name)
		o.refused(request{method: "POST", path: "/api/v1" + bad.path, body: bad.body, as: o.root,
			header: map[string]string{"Content-Type": "application/json"}}, bad.status, bad.fields...)
	}
}

func TestErrorOfAConditionNamesThePosition(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, err := o.as(o.root).CreateSelection(o.ctx, rekey.Selection{Name: "s", Expression: "user.rank == 'x'"})
	p := problemOf(t, err)
	if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, "Line 1, column 11") {
		t.Errorf("problem %+v", p)
	}
}

func TestOtherContentTypesThanJSONAreRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		o.refused(request{method: "POST", path: "/api/v1/users", as: o.root, header: map[string]string{"Content-Type": kind},
			body: `{"address":"new@example.org","type":"ui","role":"member"}`}, 415)
	}
}

func TestPagesOfOtherOriginsCannotWrite(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, header := range []map[string]string{{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}} {
		o.refused(request{method: "POST", path: "/api/v1/users/" + o.siem.ID + "/block", as: o.root, header: header}, 403)
	}
}

func TestLostRaceIsToldAndNobodysChangeIsLost(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	mine, yours := o.wire(o.siem.ID, func(*client.User) {}), o.wire(o.siem.ID, func(*client.User) {})
	mine.FirstName, yours.FirstName = "Mine", "Yours"
	saved, err := c.UpdateUser(o.ctx, mine)
	o.must(err)
	if saved.FirstName != "Mine" || saved.Version <= mine.Version || len(saved.Sources) != 1 {
		t.Errorf("saved %+v", saved)
	}
	if _, err := c.UpdateUser(o.ctx, yours); problemOf(t, err).Status != http.StatusPreconditionFailed {
		t.Errorf("lost race: %v", err)
	}
	path, body := "/api/v1/users/"+o.siem.ID, `{"address":"siem@example.org","type":"api","role":"member"}`
	put := func(tag string) request {
		return request{method: "PUT", path: path, as: o.root, body: body, header: map[string]string{"If-Match": tag}}
	}
	o.refused(put(""), 428)
	o.refused(put(`"1"`), 412)
	o.refused(put(`"abc"`), 412)
	o.refused(put(`"0"`), 412)
	o.refused(put(`1`), 422, "If-Match")
	o.refused(put(`W/"2"`), 422, "If-Match")
	o.refused(put(`"1", "2"`), 422, "If-Match")
	o.refused(request{method: "DELETE", path: path, as: o.root}, 428)
	o.refused(request{method: "POST", path: path + "/block", as: o.root, header: map[string]string{"If-Match": `"1"`}}, 412)
	if got := o.send(put("*")); got.status != 200 || got.header.Get("ETag") != client.ETag(saved.Version+1) {
		t.Errorf("*: %d %s %v", got.status, got.text, got.header)
	}
}

func TestWhatWasReadCanBeSentBack(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	u := o.wire(o.siem.ID, func(*client.User) {})
	again, err := c.UpdateUser(o.ctx, u)
	o.must(err)
	again.Version, again.UpdatedAt = u.Version, u.UpdatedAt
	if a, b := text(t, u), text(t, again); a != b {
		t.Errorf("user\n%s\n%s", a, b)
	}
	for _, unguarded := range []bool{false, true} {
		a := o.automation()
		if unguarded {
			a.SelectionID = client.NoSelection
		}
		a, err := c.UpdateAutomation(o.ctx, a)
		o.must(err)
		back, err := c.UpdateAutomation(o.ctx, a)
		o.must(err)
		if back.SelectionID != a.SelectionID || (a.SelectionID == client.NoSelection) != unguarded || back.Status != "active" {
			t.Errorf("automation %+v, then %+v", a, back)
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNewAutomationIsADraftWithTheGuard(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	a, err := c.CreateAutomation(o.ctx, client.Automation{
		Name: "Leaked", EventType: "external", JobType: "send_new_password", JobParams: json.RawMessage(`{"use_event_parameter":true}`),
	})
	o.must(err)
	guard, err := c.Selection(o.ctx, a.SelectionID)
	o.must(err)
	if a.Status != "draft" || guard.BuiltIn != rekey.AllExceptAPI || a.TimeZone != "UTC" || a.OwnerID != o.root.ID {
		t.Errorf("automation %+v with selection %+v", a, guard)
	}
	stored, err := o.db.Automation(o.ctx, a.ID)
	o.must(err)
	if stored.SelectionID != guard.ID {
		t.Errorf("stored selection %q", stored.SelectionID)
	}
}

func TestLifeOfAnAutomation(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	a := o.automation()
	copied, err := c.CopyAutomation(o.ctx, a.ID, "")
	o.must(err)
	if copied.Status != "draft" || copied.Name == a.Name {
		t.Errorf("copy %+v", copied)
	}
	named, err := c.CopyAutomation(o.ctx, a.ID, "Another")
	o.must(err)
	if named.Name != "Another" {
		t.Errorf("copy %+v", named)
	}
	if _, err := c.CopyAutomation(o.ctx, a.ID, "another"); problemOf(t, err).Status != http.StatusConflict && problemOf(t, err).Status != 422 {
		t.Errorf("name that is taken: %v", err)
	}
	a, err = c.DeactivateAutomation(o.ctx, a.ID, 0)
	o.must(err)
	if a.Status != "inactive" {
		t.Errorf("status %s", a.Status)
	}
	if _, err := c.DeleteAutomation(o.ctx, a.ID, a.Version+1); problemOf(t, err).Status != http.StatusPreconditionFailed {
		t.Errorf("stale delete: %v", err)
	}
	_, err = c.DeleteAutomation(o.ctx, a.ID, a.Version)
	o.must(err)
	if _, err := c.Automation(o.ctx, a.ID); problemOf(t, err).Status != http.StatusNotFound {
		t.Errorf("deleted: %v", err)
	}
}

func TestPreviewSaysWhoAndWhyNot(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	member := o.person("member@example.org", "", func(u *rekey.SystemUser) { u.Type = rekey.TypeUI })
	a := o.automation()
	for name, preview := range map[string]func() (client.AutomationPreview, error){
		"saved": func() (client.AutomationPreview, error) {
			return c.PreviewAutomation(o.ctx, a.ID, "member@example.org", o.siem.ID, "nobody@example.org")
		},
		"draft": func() (client.AutomationPreview, error) {
			draft := client.Automation{Name: "x", EventType: a.EventType, JobType: a.JobType, JobParams: a.JobParams, Delay: rekey.Delay{Unit: "hours", Value: 2}}
			return c.PreviewDraft(o.ctx, draft, "member@example.org", o.siem.ID, "nobody@example.org")
		},
	} {
		p, err := preview()
		o.must(err)
		var gets []string
		for _, r := range p.Recipients {
			if r.Gets {
				gets = append(gets, r.UserID)
			}
		}
		if !slices.Equal(gets, []string{member.ID}) || len(p.Counts) != 3 || p.DueAt.IsZero() {
			t.Errorf("%s: %+v", name, p)
		}
	}
	s, err := c.PreviewExpression(o.ctx, "user.type == 'ui'")
	o.must(err)
	if s.Matched != 1 || len(s.In) != 1 || s.In[0].UserID != member.ID || !s.Complete {
		t.Errorf("selection %+v", s)
	}
}

func TestPagesHoldEverybodyOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for range 7 {
		o.person(newID()+"@example.org", "")
	}
	c := o.as(o.root)
	var seen []string
	p := client.Paging{Limit: 3}
	for {
		page, err := c.Users(o.ctx, client.UserFilter{Paging: p})
		o.must(err)
		for _, u := range page.Items {
			seen = append(seen, u.ID)
		}
		if page.NextCursor == "" {
			break
		}
		if len(page.Items) != 3 {
			t.Errorf("page of %d", len(page.Items))
		}
		p.Cursor = page.NextCursor
	}
	if len(seen) != 9 || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != 9 {
		t.Errorf("saw %v", seen)
	}
	for _, limit := range []string{"0", "501", "x"} {
		if got := o.send(request{method: "GET", path: "/api/v1/users?limit=" + limit, as: o.root}); got.status != 422 || !slices.Equal(got.fields(), []string{"limit"}) {
			t.Errorf("limit %s: %d %s", limit, got.status, got.text)
		}
	}
}

func TestTokenOpensTheAPIUntilItIsEnded(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	issued, err := c.CreateToken(o.ctx, "", client.NewToken{Name: "ci", ExpiresInDays: 1})
	o.must(err)
	if !strings.HasPrefix(issued.Text, "rk_") || !issued.ExpiresAt.Equal(monday.Add(24*time.Hour)) {
		t.Errorf("token %+v", issued.Token)
	}
	byToken := o.client(client.WithToken(issued.Text))
	account, err := byToken.Account(o.ctx)
	o.must(err)
	if account.User.ID != o.root.ID || account.By != "token" {
		t.Errorf("account %+v", account)
	}
	list, err := byToken.Tokens(o.ctx, "")
	o.must(err)
	if len(list.Items) != 1 || list.Items[0].ID != issued.ID || strings.Contains(text(t, list), issued.Text) {
		t.Errorf("tokens %+v", list)
	}
	if _, err := byToken.CreateToken(o.ctx, "", client.NewToken{Name: "another"}); problemOf(t, err).Status != http.StatusForbidden {
		t.Errorf("a token made its holder another: %v", err)
	}
	if _, err := byToken.CreateToken(o.ctx, o.root.ID, client.NewToken{Name: "another"}); problemOf(t, err).Status != http.StatusForbidden {
		t.Errorf("a token made its holder another: %v", err)
	}
	o.must(c.DeleteToken(o.ctx, issued.ID))
	if _, err := byToken.Account(o.ctx); problemOf(t, err).Status != http.StatusUnauthorized {
		t.Errorf("ended token: %v", err)
	}
	if strings.Contains(o.log.String(), issued.Text) || strings.Contains(o.log.String(), chosen) {
		t.Error("a secret is in the log")
	}
}

func TestAuthorityIsReadOnEveryRequest(t *testing.T) {
	t.Parallel()
	o := setup(t)
	manager := o.person("manager@example.org", o.verifier(), func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	c := o.as(manager)
	if _, err := c.CreateSelection(o.ctx, rekey.Selection{Name: "mine", Expression: "true"}); err != nil {
		t.Fatal(err)
	}
	_, err := o.as(o.root).UpdateUser(o.ctx, o.wire(manager.ID, func(u *client.User) { u.Role = "member" }))
	o.must(err)
	if _, err := c.CreateSelection(o.ctx, rekey.Selection{Name: "more", Expression: "true"}); problemOf(t, err).Status != http.StatusForbidden {
		t.Errorf("demoted: %v", err)
	}
	_, err = o.as(o.root).BlockUser(o.ctx, manager.ID)
	o.must(err)
	if _, err := c.Account(o.ctx); problemOf(t, err).Status != http.StatusUnauthorized {
		t.Errorf("blocked: %v", err)
	}
}

func TestManagerDoesNotSeeAnAdministrator(t *testing.T) {
	t.Parallel()
	o := setup(t)
	manager := o.person("manager@example.org", o.verifier(), func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	c := o.as(manager)
	if _, err := c.User(o.ctx, o.root.ID); problemOf(t, err).Status != http.StatusNotFound {
		t.Errorf("read: %v", err)
	}
	if _, err := c.SendPassword(o.ctx, o.root.ID); problemOf(t, err).Status < 400 {
		t.Errorf("send: %v", err)
	}
	page, err := c.Users(o.ctx, client.UserFilter{})
	o.must(err)
	if strings.Contains(text(t, page), o.root.ID) {
		t.Error("an Administrator is in the list")
	}
}

func TestSendPasswordStartsTheBuiltInAutomation(t *testing.T) {
	t.Parallel()
	o := setup(t)
	member := o.person("member@example.org", "", func(u *rekey.SystemUser) { u.Type = rekey.TypeUI })
	c := o.as(o.root)
	sent, err := c.SendPassword(o.ctx, member.ID)
	o.must(err)
	if sent.EventID == "" || len(sent.RunIDs) != 1 {
		t.Fatalf("sent %+v", sent)
	}
	e, err := c.Event(o.ctx, sent.EventID)
	o.must(err)
	run, err := c.Run(o.ctx, sent.RunIDs[0])
	o.must(err)
	if e.Type != rekey.PasswordSendRequested || e.PostedBy != o.root.ID || run.ActsFor != o.root.ID || run.Automation == "" || run.State != "waiting" {
		t.Errorf("event %+v, run %+v", e, run)
	}
	run, err = c.CancelRun(o.ctx, run.ID)
	o.must(err)
	if run.State != "cancelled" || !run.Ended() {
		t.Errorf("cancelled %+v", run)
	}
}
