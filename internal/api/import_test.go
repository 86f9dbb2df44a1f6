package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rekey"
	"rekey/client"
	"rekey/internal/userfile"
)

func TestFileOfSystemUsersIsImportedByTheSameRuleAsOnThePages(t *testing.T) {
	t.Parallel()
	o := setup(t)
	file := []byte("sep=;\r\nE-Mail;Given name;Phone;;\r\nnew@example.org;Nina;1;;\r\n" + strings.ToUpper(o.siem.Address) + ";Ada;2;;\r\n")
	c := o.as(o.root)
	for _, step := range []struct {
		options client.ImportOptions
		want    rekey.Imported
	}{
		{client.ImportOptions{DryRun: true}, rekey.Imported{Created: 1, Left: 1}},
		{client.ImportOptions{DryRun: true, Existing: rekey.ExistingUpdate, UnknownColumns: "attributes"}, rekey.Imported{Created: 1, Updated: 1}},
		{client.ImportOptions{Existing: rekey.ExistingUpdate, UnknownColumns: "attributes"}, rekey.Imported{Created: 1, Updated: 1}},
		{client.ImportOptions{}, rekey.Imported{Left: 2}},
	} {
		got, err := c.ImportUsers(o.ctx, file, step.options)
		if err != nil || got.Imported != step.want || got.DryRun != step.options.DryRun || len(got.Columns) != 3 {
			t.Errorf("%+v: %+v, %v", step.options, got, err)
		}
	}
	u, err := c.User(o.ctx, "new@example.org")
	if err != nil || u.FirstName != "Nina" || u.Attributes["Phone"] != "1" || u.Type != "ui" || u.Role != "member" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestFileThatCannotBeImportedIsRefusedByLine(t *testing.T) {
	t.Parallel()
	o := setup(t)
	before := o.stored()
	for name, c := range map[string]struct {
		query, body string
		status      int
		field, says string
	}{
		"somebody there":        {"?existing=refuse", "email\n" + o.siem.Address + "\n", http.StatusConflict, "line 2, address", "Another system user"},
		"a wrong cell":          {"", "email,language\na@example.org,German\n", http.StatusUnprocessableEntity, "line 2, language", "language tag"},
		"an unclosed quote":     {"", "email\n\n\"a@example.org\n", http.StatusUnprocessableEntity, "line 3", "quotation mark"},
		"nobody":                {"", "email\n", http.StatusUnprocessableEntity, "file", "The file has no people"},
		"an unknown choice":     {"?existing=replace", "email\na@example.org\n", http.StatusUnprocessableEntity, "existing", "Choose"},
		"an unknown parameter":  {"?mode=update", "email\na@example.org\n", http.StatusUnprocessableEntity, "mode", ""},
		"an empty body":         {"", "", http.StatusBadRequest, "", "A body is required."},
		"more than may be sent": {"", strings.Repeat("a", userfile.MaxBytes+1), http.StatusRequestEntityTooLarge, "", ""},
	} {
		got := o.send(request{method: "POST", path: "/api/v1/users/import" + c.query, as: o.root, body: c.body, header: map[string]string{"Content-Type": "text/csv"}})
		var p struct{ Errors []rekey.FieldError }
		_ = json.Unmarshal([]byte(got.text), &p)
		if got.status != c.status || !strings.Contains(got.text, c.says) || c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field) {
			t.Errorf("%s: %d %.300s", name, got.status, got.text)
		}
	}
	if o.stored() != before {
		t.Error("something was stored")
	}
}

// Package rekey shows each kind of text; this shows that bodies, paths and queries go
// through it.
func TestWhatCallersTypeIsReadAsItIsMeant(t *testing.T) {
	t.Parallel()
	o := setup(t)
	c := o.as(o.root)
	made, err := c.CreateUser(o.ctx, client.User{
		Address: "mailto:Zoe@Example.org", FirstName: "Zoe\u0308\u200b", Type: "ui", Role: "member", Language: "de_AT", TimeZone: "europe/vienna",
		Attributes: map[string]string{"cost\u00a0center": "47\u00ad11"},
	})
	o.must(err)
	if made.Address != "Zoe@Example.org" || made.FirstName != "Zo\u00eb" || made.Language != "de-AT" || made.TimeZone != "Europe/Vienna" || made.Attributes["cost center"] != "4711" {
		t.Errorf("%+v", made)
	}
	for _, name := range []string{"zoe@example.org\u200b", "MAILTO:zoe@example.org", made.ID} {
		if u, err := c.User(o.ctx, name); err != nil || u.ID != made.ID {
			t.Errorf("%q: %+v, %v", name, u, err)
		}
	}
	found, err := c.Users(o.ctx, client.UserFilter{Search: "\u200bZOE\u0308"})
	if err != nil || len(found.Items) != 1 {
		t.Errorf("search: %+v, %v", found, err)
	}
	sel, err := c.CreateSelection(o.ctx, rekey.Selection{Name: "\u00a0Sta\u200bff ", Expression: `user.language == "de_AT"`})
	if err != nil || sel.Name != "Staff" || len(sel.Warnings) != 1 || !strings.Contains(sel.Warnings[0].Message, `write "de-AT"`) {
		t.Errorf("%+v, %v", sel, err)
	}
	sel.Expression = "true" // a client sends back what it read, warnings included
	if sel, err = c.UpdateSelection(o.ctx, sel); err != nil || sel.Warnings != nil {
		t.Errorf("%+v, %v", sel, err)
	}
}
