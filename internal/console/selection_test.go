package console_test

import (
	"net/http"
	"net/url"

	"strings"
	"testing"

	"rekey"
)

const selectionText = `!user.uses_api && user.rank >= 1`

// selection stores one, and returns its id.
func (o *office) selection(owner rekey.SystemUser, name, expression string) string {
	o.t.Helper()
	sel, err := o.Admin.CreateSelection(o.t.Context(), owner, rekey.Selection{Name: name, Expression: expression})
	o.ok(err)
	return sel.ID
}

// idOf is the selection that an answer leads to.
func (s seen) idOf() string {
	to, _, _ := strings.Cut(s.Header.Get("Location"), "?")
	return strings.TrimPrefix(to, "/selections/")
}

func row(form url.Values, i, field, operator, value string) {
	form["rows["+i+"].field"], form["rows["+i+"].operator"], form["rows["+i+"].value"] = []string{field}, []string{operator}, []string{value}
}

func TestRowsAreWrittenAsCELAndReadBackAsRows(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/selections/new").shows(http.StatusOK, `<option value="uses_api" selected>`, "!user.uses_api</textarea>")

	// Rows, changed without a script.
	form := url.Values{"name": {"Old ones"}, "go": {"rows-to-cel"}, "expression": {"!user.uses_api"}, "shown": {"!user.uses_api"}, "join": {"all"}}
	row(form, "0", "uses_api", "is", "false")
	row(form, "1", "password_age_days", "at_least", "90")
	form["rows[2].field"], form["rows[2].key"], form["rows[2].operator"], form["rows[2].value"] = []string{"attributes."}, []string{"team"}, []string{"is"}, []string{"<script>"}
	const written = `!user.uses_api &amp;&amp; user.password_age_days &gt;= 90 &amp;&amp; user.attributes[&#34;team&#34;] == &#34;&lt;script&gt;&#34;`
	v.post("/selections/new", form).shows(http.StatusOK, written+"</textarea>", `name="shown" id="shown" value="`+written+`"`).lacks("<script>\"")
	// The same, saved at once.
	form.Set("go", "save")
	id := v.post("/selections/new", form).idOf()
	v.get("/selections/"+id+"?notice=selection-created").shows(http.StatusOK, "The selection is created.", "Old ones", "Does not use the API.", "Attribute team is “&lt;script&gt;”.", written)

	// Back on the form the rows are those that were typed.
	v.get("/selections/"+id+"/edit").shows(http.StatusOK, written, `<option value="password_age_days" selected>`, `value="90"`, `value="team"`, `value="&lt;script&gt;"`)
	// CEL, changed without a script, becomes rows.
	changed := url.Values{"go": {"cel-to-rows"}, "shown": {selectionText}, "expression": {"user.role in ['manager', 'operator'] ||\r\n has(user.last_login_at)"}}
	row(changed, "0", "uses_api", "is", "false")
	v.post("/selections/"+id+"/edit", changed).shows(http.StatusOK, `<option value="one_of" selected>`, `value="manager" checked`, `value="any" checked`, `<option value="ever" selected>`)
}

func TestBothSidesOfAConditionAreNeverSavedOverEachOther(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	form := url.Values{"name": {"New"}, "go": {"save"}, "shown": {"!user.uses_api"}, "expression": {"user.rank == 0"}, "join": {"all"}}
	row(form, "0", "uses_api", "is", "true")
	v.post("/selections/new", form).shows(http.StatusUnprocessableEntity, "The rows and the CEL differ.", "user.rank == 0</textarea>", `<option value="true" selected>`)
	// Only the CEL was changed.
	row(form, "0", "uses_api", "is", "false")
	id := v.post("/selections/new", form).idOf()
	v.get("/selections/"+id).shows(http.StatusOK, "user.rank == 0<", "Rank is 0.")
	// Only the rows.
	form.Set("shown", "user.rank == 0")
	form.Set("version", "1")
	row(form, "0", "rank", "at_least", "2")
	v.post("/selections/"+id+"/edit", form).leads("/selections/" + id)
	v.get("/selections/"+id).shows(http.StatusOK, "user.rank &gt;= 2")
	// A row that is not complete does not fall out of the condition.
	row(form, "1", "email", "ends_with", "")
	v.post("/selections/"+id+"/edit", form).shows(http.StatusUnprocessableEntity, `href="#rows%5b1%5d.value"`, `id="rows[1].value"`, "Give a text.")
}

func TestRowsAreAddedAndRemovedWithoutScript(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	form := url.Values{"name": {"Kept as typed"}, "go": {"add-row"}, "shown": {selectionText}, "expression": {selectionText}}
	row(form, "0", "uses_api", "is", "false")
	row(form, "1", "rank", "at_least", "1")
	v.post("/selections/new", form).shows(http.StatusOK, "rows[2].field", "Kept as typed", `Choose a field`).lacks("rows[3].field")
	form.Set("remove", "0")
	form.Del("go")
	v.post("/selections/new", form).shows(http.StatusOK, "user.rank &gt;= 1</textarea>", "rows[0].field").lacks("rows[1].field")
	// Another field makes other operators and values.
	form.Del("remove")
	form.Set("side", "rows")
	row(form, "0", "type", "ends_with", "x")
	v.post("/selections/preview", form).shows(http.StatusOK, `user.type == &#34;ui&#34; &amp;&amp; user.rank &gt;= 1`, `<option value="ui" selected>`)
	form.Set("example", "5")
	v.post("/selections/new", form).shows(http.StatusOK, "kiosk&#34;</textarea>", `value="kind"`)
}

func TestInvalidCELShowsItsColumn(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	form := url.Values{"go": {"save"}, "shown": {"!user.uses_api"}, "expression": {"user.rank > 1 &&\nuser.<b>"}}
	row(form, "0", "uses_api", "is", "false")
	v.post("/selections/new", form).shows(http.StatusUnprocessableEntity, `href="#expression"`, "Line 2, column 6", "Give the selection a name.", "user.<mark>&lt;</mark>b&gt;")
	form.Set("side", "cel")
	form.Set("expression", "user.typo == 1")
	v.post("/selections/preview", form).shows(http.StatusOK, "user.<mark>typo</mark> == 1", "undefined field &#39;typo&#39;. A system user has email", "The rows return when the CEL is valid.", "Correct the condition to count the system users.")
	form.Set("expression", "user.rank ==")
	v.post("/selections/preview", form).shows(http.StatusOK, "<mark>\u00a0</mark>")
	form.Set("expression", `user.first_name.matches("^A")`)
	v.post("/selections/preview", form).shows(http.StatusOK, "This condition cannot be shown as rows. Edit it as CEL.", `id="rows" disabled`, "Selects 2 of 2 system users that you may view.")
}

func TestLowerRanksSeeOnlyCountsOfThoseTheyMayView(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.operator, "Some", `user.rank >= 1 && int(user.first_name) > 1`)
	o.as(o.operator).get("/selections/"+id+"?count=now").shows(http.StatusOK, "Selects 0 of 2 system users that you may view.",
		"For 1 the condition could not be evaluated", "Could not be evaluated: type conversion error", "Not met: Rank is at least 1.", o.member.Address).
		lacks(o.manager.Address, o.root.Address)
	o.as(o.root).get("/selections/"+id+"?count=now").shows(http.StatusOK, "Selects 0 of 4 system users.", o.root.Address)
	o.as(o.root).get("/selections/"+id).shows(http.StatusOK, `hx-get="/selections/`+id+`?count=now"`).lacks("Selects 0")
}

func TestMemberOpensNoSelections(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.operator, "Some", "true")
	v := o.as(o.member)
	for _, path := range []string{"/selections", "/selections/new", "/selections/" + id, "/selections/" + id + "/edit", "/selections/" + id + "/delete"} {
		v.get(path).shows(http.StatusForbidden, "You do not have access to this page.")
	}
	for _, path := range []string{"/selections/new", "/selections/preview", "/selections/" + id + "/edit", "/selections/" + id + "/delete"} {
		v.post(path, url.Values{"go": {"save"}, "name": {"New"}, "expression": {"true"}}).shows(http.StatusForbidden, "You do not have access to this page.")
	}
}

func TestSelectionOfSomebodyHigherIsShownButNotChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.root, "Of the root", "true")
	v := o.as(o.operator)
	v.get("/selections").shows(http.StatusOK, "Of the root", "somebody of a higher rank", "All system users except API users", "Built in", "2 selections").lacks(o.root.Address)
	v.get("/selections/"+id).shows(http.StatusOK, "Somebody of a higher rank", "/selections/new?like="+id).lacks("/edit", "/delete")
	v.get("/selections/" + id + "/edit").shows(http.StatusForbidden)
	v.post("/selections/"+id+"/edit", url.Values{"go": {"save"}, "name": {"Mine"}, "expression": {"false"}}).shows(http.StatusForbidden)
	v.post("/selections/"+id+"/delete", nil).shows(http.StatusForbidden)
	o.as(o.root).get("/selections/"+id).shows(http.StatusOK, "Of the root", ">true<", "/edit", "/delete")
}

func TestUsedSelectionIsNotDeleted(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.operator, "In use", "true")
	a, err := o.Admin.NewAutomation(t.Context(), o.operator)
	o.ok(err)
	a.Name, a.EventType, a.SelectionID = "<b>Locked</b> out", rekey.UserLocked, id
	saved, err := o.Admin.CreateAutomation(t.Context(), o.operator, a, false)
	o.ok(err)
	v := o.as(o.operator)
	v.get("/selections").shows(http.StatusOK, "&lt;b&gt;Locked&lt;/b&gt; out", "/automations/"+saved.Automation.ID)
	v.get("/selections/"+id).shows(http.StatusOK, "&lt;b&gt;Locked&lt;/b&gt; out")
	v.get("/selections/"+id+"/delete").shows(http.StatusOK, "Delete &#39;In use&#39;?", "This selection cannot be deleted, because it is used by &#39;&lt;b&gt;Locked&lt;/b&gt; out&#39;.", "/selections/"+id+"#used-by").lacks("<form method=\"post\" action=\"/selections/" + id)
	v.post("/selections/"+id+"/delete", url.Values{"version": {"1"}}).shows(http.StatusConflict, "used by the automation &#39;&lt;b&gt;Locked")
	_, err = o.Admin.DeleteAutomation(t.Context(), o.operator, saved.Automation.ID, 0)
	o.ok(err)
	v.get("/selections/"+id+"/delete").shows(http.StatusOK, "Delete &#39;In use&#39;</button>", "cannot be undone")
	v.post("/selections/"+id+"/delete", url.Values{"version": {"1"}}).leads("/selections")
	v.get("/selections/" + id).shows(http.StatusNotFound)
	v.get("/selections?notice=selection-deleted").shows(http.StatusOK, "The selection is deleted.").lacks("In use")
}

func TestNewerVersionIsShownAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.operator, "Shared", "user.rank == 0")
	mine := url.Values{"name": {"Mine"}, "version": {"1"}, "go": {"save"}, "shown": {"user.rank == 0"}, "expression": {"user.rank == 1"}}
	row(mine, "0", "rank", "is", "0")
	theirs := url.Values{"name": {"Theirs"}, "version": {"1"}, "go": {"save"}, "shown": {"true"}, "expression": {"user.rank == 2"}}
	o.as(o.manager).post("/selections/"+id+"/edit", theirs).leads("/selections/" + id)
	v := o.as(o.operator)
	v.post("/selections/"+id+"/edit", mine).shows(http.StatusConflict, "Somebody saved a newer version", "Your version is not saved.",
		"Now: <bdi>Theirs</bdi>", "Yours: <bdi>Mine</bdi>", "Now: <bdi>user.rank == 2</bdi>", `value="Mine"`, "user.rank == 1</textarea>", `name="version" value="2"`)
	v.get("/selections/"+id).shows(http.StatusOK, "Theirs")
	mine.Del("version") // is not any
	v.post("/selections/"+id+"/edit", mine).shows(http.StatusConflict)
	mine.Set("version", "2")
	v.post("/selections/"+id+"/edit", mine).leads("/selections/" + id)
	v.get("/selections/"+id).shows(http.StatusOK, "Mine", "user.rank == 1")
}

func TestNewSelectionLeadsBackToWhereItWasNeeded(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/selections/new?back=/automations/7%3Fstep%3D2").shows(http.StatusOK, `name="back" value="/automations/7?step=2"`, `<a class="btn" href="/automations/7?step=2">Cancel`)
	form := url.Values{"name": {"Quick"}, "go": {"save"}, "expression": {"true"}, "shown": {"true"}, "back": {"/automations/7?step=2"}}
	to, err := url.Parse(v.post("/selections/new", form).leads("/automations/7").Header.Get("Location"))
	o.ok(err)
	q := to.Query()
	v.get("/selections/"+q.Get("selection")).shows(http.StatusOK, "Quick")
	if q.Get("step") != "2" || q.Get("notice") != "selection-created" {
		t.Errorf("led to %s", to)
	}
	for i, elsewhere := range []string{"https://elsewhere.test/", "//elsewhere.test/x", `/\elsewhere.test`, "javascript:alert(1)", "automations"} {
		v.get("/selections/new?back="+url.QueryEscape(elsewhere)).shows(http.StatusOK, `<a class="btn" href="/selections">Cancel`).lacks(`name="back"`)
		form.Set("back", elsewhere)
		form.Set("name", "Quick "+strings.Repeat("x", i+1))
		if s := v.post("/selections/new", form); !strings.HasPrefix(s.Header.Get("Location"), "/selections/") {
			t.Errorf("%s: led to %s", elsewhere, s.Header.Get("Location"))
		}
	}
}

func TestNameThatIsTakenIsSaidBesideTheField(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.operator, "<script>alert(1)</script>", `user.first_name == "<i>"`)
	v := o.as(o.operator)
	for _, path := range []string{"/selections", "/selections/" + id, "/selections/" + id + "/edit", "/selections/" + id + "/delete", "/selections/new?like=" + id} {
		v.get(path).shows(http.StatusOK).lacks("<script>alert", "<i>")
	}
	form := url.Values{"name": {"<SCRIPT>alert(1)</script>"}, "description": {"Kept"}, "go": {"save"}, "expression": {"true"}, "shown": {"true"}}
	v.post("/selections/new", form).shows(http.StatusConflict, `href="#name"`, "&lt;SCRIPT&gt;", "Kept</textarea>").lacks("<SCRIPT>")
	v.get("/selections?search=script").shows(http.StatusOK, "1 selection<")
	v.get("/selections?search=nobody").shows(http.StatusOK, "No selections match", "Show all selections")
}
