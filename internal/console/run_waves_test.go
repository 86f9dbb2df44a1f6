package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"rekey"
)

func TestRunInWavesIsStoppedGoesOnAndIsSentToItsEnd(t *testing.T) {
	t.Parallel()
	o := open(t)
	waves := rekey.Waves{First: "1", Then: 1}
	a := o.automation(o.manager, "Many", true, onExternal, sends(rekey.SendParams{UseEventParameter: true, Waves: waves}))
	people := []string{o.person(rekey.RoleMember).ID, o.person(rekey.RoleMember).ID, o.person(rekey.RoleMember).ID, o.person(rekey.RoleMember).ID}
	run := o.happen(o.root, "leak", people...)[0]
	waits := func(n int) {
		t.Helper()
		o.rests(run.ID, func(r rekey.Run) bool {
			return r.State == rekey.RunSending && r.Waiting() == n && r.Outcomes.Ended == len(people)-n
		})
	}
	waits(3)
	at := "/runs/" + run.ID
	v := o.as(o.manager)
	v.get("/automations/"+a.ID).shows(http.StatusOK, "It is sent in waves: the first 1 person, then 1 an hour; it stops itself above 5% refused.")
	v.get("/runs").shows(http.StatusOK, "next wave in 1 h")
	v.get(at).shows(http.StatusOK, "3 people wait for their wave. Wave 2 begins on ", `action="`+at+`/stop"`, `href="`+at+`/send-rest"`)
	v.get(at+"/cancel").shows(http.StatusOK, "3 people wait for their wave, and get none.")
	v.post(at+"/stop", url.Values{}).leads(at)
	v.get(at).shows(http.StatusOK, "It was stopped by hand. 3 people wait.", "Go on", `href="`+at+`/approve"`).lacks(at+"/stop", at+"/send-rest")
	v.post(at+"/stop", url.Values{}).shows(http.StatusConflict, "no wave of it is to come")
	v.get(at + "/send-rest").shows(http.StatusConflict)
	v.get(at+"/approve").shows(http.StatusOK, "Send 3 people a new password", "A wave begins now.")
	v.post(at+"/approve?count=3", url.Values{}).leads(at)
	waits(2)
	v.get(at+"/send-rest").shows(http.StatusOK, "The next wave takes all 2 people who wait", `action="`+at+`/send-rest"`)
	v.post(at+"/send-rest", url.Values{}).leads(at)
	o.rests(run.ID, finished)
	v.get(at).shows(http.StatusOK, "4 of 4 · sent 4").lacks("/stop", "/send-rest")
}

func TestEditorReadsAndKeepsWaves(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	a := o.automation(o.operator, "Quarterly", false, onExternal, sends(rekey.SendParams{UseEventParameter: true}))
	at := "/automations/" + a.ID + "/edit"
	first, then, stop := "job_params.waves.first", "job_params.waves.then", "job_params.waves.stop_at"
	save := func(typed url.Values) {
		v.press(v.get(at+"?step=job"), at, "save", typed).leads("/automations/" + a.ID)
	}
	wants := func(want rekey.Waves) {
		t.Helper()
		var p rekey.SendParams
		o.ok(json.Unmarshal(o.stored(a.ID).JobParams, &p))
		if p.Waves != want {
			t.Errorf("got %+v, want %+v", p.Waves, want)
		}
	}
	save(url.Values{first: {" 5 % "}, then: {"2,000"}, stop: {""}})
	wants(rekey.Waves{First: "5%", Then: 2000})
	v.press(v.get(at), at, "save", url.Values{"name": {"Each quarter"}}).leads("/automations/" + a.ID)
	wants(rekey.Waves{First: "5%", Then: 2000})
	wrong := v.press(v.get(at+"?step=job"), at, "activate", url.Values{first: {"few"}, then: {"some"}, stop: {"half"}})
	wrong.shows(http.StatusUnprocessableEntity, "Give a number of people, such as 100, or a share, such as 5%.", "Give a number of people an hour", "Give a share from 1% to 100%")
	save(url.Values{first: {""}, then: {""}, stop: {""}})
	wants(rekey.Waves{})
}
