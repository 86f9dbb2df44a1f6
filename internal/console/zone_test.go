package console_test

import (
	"net/http"
	"net/url"
	"testing"

	"rekey"
	"rekey/internal/browser"
)

// says sends a request with headers.
func (v *visitor) says(path string, headers map[string]string) seen {
	v.o.t.Helper()
	r, err := http.NewRequestWithContext(v.o.t.Context(), http.MethodGet, v.o.URL()+path, nil)
	v.o.ok(err)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return v.send(r)
}

// The office's system is in Berlin, and its clock says 13:00 UTC.
func TestTimesAreInTheZoneOfTheReader(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	run := o.happen(o.root, "leak", o.member.ID)[0]
	o.rests(run.ID, finished)
	inTokyo := o.person(rekey.RoleOperator, func(u *rekey.SystemUser) { u.TimeZone = "Asia/Tokyo" })
	for _, c := range []struct {
		who          rekey.SystemUser
		cookie, want string
	}{
		{o.operator, "", "14:00:00 CET"},
		{o.operator, "rekey-zone=America/New_York", "08:00:00 EST"},
		{o.operator, "rekey-zone=Asia/Calcutta", "18:30:00 IST"}, // as browsers call it
		{o.operator, "rekey-zone=Local", "14:00:00 CET"},
		{o.operator, "rekey-zone=<script>", "14:00:00 CET"},
		{inTokyo, "rekey-zone=America/New_York", "22:00:00 JST"},
	} {
		o.as(c.who).says("/runs/"+run.ID, map[string]string{"Cookie": c.cookie}).shows(http.StatusOK, c.want).lacks("<script>;")
	}
}

func TestBrowserTellsItsZone(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	run := o.happen(o.root, "leak", o.member.ID)[0]
	o.rests(run.ID, finished)
	tab := o.browse(o.operator, browser.Options{TimeZone: "Asia/Tokyo"})
	tab.Open(o.URL() + "/account")
	tab.Open(o.URL() + "/runs/" + run.ID)
	tab.WaitUntil(`document.body.innerHTML.includes("22:00:00 JST")`)
	tab.Open(o.URL() + "/automations/new")
	tab.Follow(`.steps-nav [value="frame"]`)
	tab.WaitUntil(`document.getElementById("time_zone").value === "Asia/Tokyo"`)
}

func TestLanguageAndZoneAreLists(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	swiss := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Language, u.TimeZone = "de-CH", "Asia/Calcutta" })
	for _, path := range []string{"/account", "/users/new", "/users/" + o.member.ID + "/edit"} {
		v.get(path).shows(http.StatusOK, `<select class="form-select" id="language"`, `<select class="form-select" id="time_zone"`,
			">System default (English)</option>", ">System default (Europe/Berlin)</option>", `<option value="de">Deutsch</option>`,
			`<optgroup label="Europe">`, `<option value="Europe/Zurich">Zurich</option>`)
	}
	// What is stored stays, although no list has it.
	v.get("/users/"+swiss.ID+"/edit").shows(http.StatusOK, `<option value="de-CH" selected>`, `<option value="Asia/Calcutta" selected>`)
	v.post("/account", url.Values{"version": {"1"}, "first_name": {"Ada"}, "last_name": {"Byron"}, "language": {"fr"}, "time_zone": {"Europe/Nowhere"}}).
		shows(http.StatusUnprocessableEntity, "Give a time zone such as Europe/Berlin.")
	page := v.press(v.get("/automations/new"), "/automations/new", "frame", nil)
	page.shows(http.StatusOK, `<select class="form-select" id="time_zone"`, `<option value="Europe/Berlin" selected>`)
}

func TestTestMailIsInTheLanguageOfTheBrowser(t *testing.T) {
	t.Parallel()
	o := open(t)
	french := o.person(rekey.RoleAdministrator, func(u *rekey.SystemUser) { u.Language = "fr" })
	for _, c := range []struct {
		who            rekey.SystemUser
		accepts, value string
	}{
		{o.root, "", "en"}, {o.root, "en-GB,en;q=0.9", "en"}, {o.root, "de-AT,de;q=0.9,en;q=0.8", "de"},
		{o.root, "es-419", "es"}, {o.root, "ja", "en"}, {french, "de", "fr"},
	} {
		for _, path := range []string{"/setup/mail", "/mail"} {
			o.as(c.who).says(path, map[string]string{"Accept-Language": c.accepts}).shows(http.StatusOK, `<option value="`+c.value+`" selected>`)
		}
	}
}
