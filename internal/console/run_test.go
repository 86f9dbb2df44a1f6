package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// happen posts a test event and returns the runs that it has started.
func (o *office) happen(by rekey.SystemUser, name string, users ...string) []rekey.Run {
	o.t.Helper()
	posted, err := o.Admin.PostTestEvent(o.t.Context(), by, admin.TestEvent{Name: name, Users: users})
	o.ok(err)
	return posted.Runs
}

// rests waits until the engine has made of a run what is wanted.
func (o *office) rests(runID string, wanted func(rekey.Run) bool) rekey.Run {
	o.t.Helper()
	for {
		run, err := o.DB.Run(o.t.Context(), runID)
		o.ok(err)
		if wanted(run) {
			return run
		}
		select {
		case <-o.stepped:
		case <-o.t.Context().Done():
			o.t.Fatalf("the run stays as %+v", run)
		}
	}
}

func finished(run rekey.Run) bool { return run.State == rekey.RunFinished }

// deliveries are those of a run, in the order of the plan.
func (o *office) deliveries(runID string) []rekey.Delivery {
	o.t.Helper()
	list, err := o.DB.Deliveries(o.t.Context(), rekey.DeliveryQuery{RunID: runID, MaxRank: 3, Limit: 500})
	o.ok(err)
	return list
}

func onExternal(a *rekey.Automation) { a.EventType = rekey.External }

// refuses has the mail server refuse mail to somebody.
func (o *office) refuses(u rekey.SystemUser) {
	o.mail.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<" + u.Address, Reply: "550 5.1.1 mailbox unknown <script>"}}})
}

func TestRunsSayWhatCameOfThemAndAreNarrowedByTheAddress(t *testing.T) {
	t.Parallel()
	o := open(t)
	api := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	blocked := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	a := o.automation(o.root, "Leak <script>alert(1)</script>", true, onExternal)
	v := o.as(o.manager)
	v.get("/runs").shows(http.StatusOK, "Nothing has run yet", `href="/automations"`)
	nobody := o.happen(o.root, "leak", api.ID, blocked.ID)[0]
	o.rests(nobody.ID, finished)
	some := o.happen(o.root, "leak.again", o.member.ID, o.root.Address)[0]
	o.rests(some.ID, finished)
	v.get("/runs").shows(http.StatusOK, "2 runs", "Leak &lt;script&gt;", `href="/runs/`+nobody.ID+`"`, "1 uses the API, 1 is blocked.", "Finished</span>", `href="/events/`+nobody.EventID).
		lacks("<script>alert")
	v.get("/runs?automation="+a.ID+"&state=finished").shows(http.StatusOK, "2 runs")
	v.get("/runs?state=held").shows(http.StatusOK, "No runs match", `<a class="btn" href="/runs">Show all`, `<option value="held" selected>`)
	v.get("/runs?event="+some.EventID).shows(http.StatusOK, "1 run<", "Started by the event", "leak.again", `name="event" value="`+some.EventID).lacks(nobody.ID)
	v.get("/runs?event=none").shows(http.StatusNotFound)
	o.as(o.person(rekey.RoleMember)).get("/runs").shows(http.StatusForbidden)
}

func TestRunShowsItsWayAndWhoGotNothingAndWhy(t *testing.T) {
	t.Parallel()
	o := open(t)
	api := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type, u.FirstName = rekey.TypeAPI, "<script>alert(1)</script>" })
	unlucky := o.person(rekey.RoleMember, named("Grace", "Hopper"))
	other := o.person(rekey.RoleMember)
	o.refuses(unlucky)
	o.automation(o.root, "Leak", true, onExternal)
	run := o.happen(o.root, "leak", o.member.ID, api.ID, unlucky.ID, o.manager.ID, other.ID)[0]
	o.rests(run.ID, finished)
	v := o.as(o.operator) // may not view the manager
	at := "/runs/" + run.ID
	v.get(at).shows(http.StatusOK, "received", "matched", "checked", `<progress max="3" value="3"`, "3 of 3 · sent 2 · failed 1", "Skipped: 1 uses the API.",
		"And 1 that you may not view.", "Grace Hopper", "550 5.1.1 mailbox unknown &lt;script&gt;", "The old password still works.", "1 person did not get", "4 deliveries", ">leak<", `<code data-copy>`+run.ID).
		lacks("<script>", o.manager.Address, "sse-connect", "/cancel", "Retry")
	v.get(at+"?show=failed").shows(http.StatusOK, "Grace Hopper", "1 delivery<", `aria-current="page">Failed`).lacks(o.member.Address)
	v.get(at+"?show=sent").shows(http.StatusOK, o.member.Address, other.Address, "2 deliveries").lacks("Grace")
	v.get(at+"?show=waiting").shows(http.StatusOK, "Nobody waits")
	v.get(at+"?show=skipped").shows(http.StatusOK, "&lt;script&gt;", "Uses the API.", "?reason=api_user&amp;show=skipped").lacks("<script>")
	v.get(at+"?show=skipped&reason=blocked").shows(http.StatusOK, "Nobody was skipped")
	o.as(o.root).get(at).shows(http.StatusOK, o.manager.Address, "Retry: send another to "+unlucky.Address).lacks("you may not view")
	o.as(o.person(rekey.RoleMember)).get(at).shows(http.StatusForbidden)
	v.get("/runs/none").shows(http.StatusNotFound)
}

// onNamed has an automation wait for the event of that name.
func onNamed(name string) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.EventType, a.EventFilter.Name = rekey.External, rekey.TextFilter{Operator: rekey.OpEquals, Value: name}
	}
}

func TestWhatANewerRunReplacedIsNotShownAsSent(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.mail.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<" + o.member.Address, Reply: "451 4.7.1 later"}}})
	o.automation(o.root, "Slow", true, onNamed("slow"))
	o.automation(o.root, "Leak", true, onNamed("leak"), sends(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce}))
	slow := o.happen(o.root, "slow", o.member.ID)[0]
	o.rests(slow.ID, func(rekey.Run) bool {
		list := o.deliveries(slow.ID)
		return len(list) == 1 && list[0].State == rekey.DeliveryDeferred
	})
	o.mail.SetScript(mailtest.Script{})
	newer := o.happen(o.root, "leak", o.member.ID)[0]
	o.rests(newer.ID, finished)
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.CloseBatch(t.Context(), slow.ID, 1, o.now()); return err }))
	v, at := o.as(o.root), "/runs/"+slow.ID
	v.get("/runs?automation="+slow.AutomationID).shows(http.StatusOK, `<span class="dot grey" aria-hidden="true"></span>Finished`, `data-label="Sent">0<`, `data-label="Superseded">1<`,
		"1 not sent: a newer run replaced it.")
	v.get(at).shows(http.StatusOK, `<span class="dot grey" aria-hidden="true"></span>Finished`, "1 of 1 · sent 0 · superseded 1", "Not sent: a newer run replaced it.", `href="/runs/`+newer.ID+`"`)
	v.get(at+"?show=sent").shows(http.StatusOK, "Nothing was sent")
	v.get(at+"?show=superseded").shows(http.StatusOK, o.member.Address, "1 delivery<")
	v.get("/deliveries/"+o.deliveries(slow.ID)[0].ID).shows(http.StatusOK, "Not sent: a newer run replaced it.", `href="/runs/`+newer.ID+`"`).lacks("accepted")
	v.get("/runs?automation="+newer.AutomationID).shows(http.StatusOK, `data-label="Sent">1<`, `data-label="Superseded">0<`)

	again := o.happen(o.root, "leak", o.member.ID) // what was sent and is replaced then stays sent
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.Revoke(t.Context(), map[string]string{o.member.ID: ""}, o.now()) }))
	o.rests(again[0].ID, finished)
	v.get("/runs/"+newer.ID).shows(http.StatusOK, "1 of 1 · sent 1").lacks("superseded 1")
	v.get("/runs/"+newer.ID+"?show=sent").shows(http.StatusOK, "Superseded</span>", "The password was revoked.")
}

func TestRunIsCancelledAfterItSaysWhatThatMeans(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.manager, "Later", true, onExternal, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 2} })
	run := o.happen(o.root, "leak", o.member.ID)[0]
	at := "/runs/" + run.ID
	o.as(o.operator).get(at).shows(http.StatusOK, "It is due on 22 November 2026, 16:00 CET.", "Waiting</span>").lacks("/cancel")
	o.as(o.operator).get(at + "/cancel").shows(http.StatusForbidden)
	o.as(o.operator).post(at+"/cancel", url.Values{}).shows(http.StatusForbidden)
	v := o.as(o.manager)
	v.get(at).shows(http.StatusOK, `href="`+at+`/cancel"`)
	v.get(at+"/cancel").shows(http.StatusOK, "The run has not started. If you cancel it, it sends no new passwords.", `action="`+at+`/cancel"`, "Cancel the run of “Later”")
	v.post(at+"/cancel", url.Values{}).leads(at)
	v.get(at+"?notice=run-cancelled").shows(http.StatusOK, "The run is cancelled.", "Cancelled: cancelled by hand.").lacks("/cancel")
	v.get(at + "/cancel").shows(http.StatusConflict)
	v.post(at+"/cancel", url.Values{}).shows(http.StatusConflict, "The run has already ended")
}

func TestRunAboveTheCeilingIsApprovedBySomebodyElse(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.manager, "Many", true, onExternal, sends(rekey.SendParams{UseEventParameter: true, Ceiling: 1}))
	other := o.person(rekey.RoleMember)
	run := o.happen(o.root, "leak", o.member.ID, other.ID)[0]
	o.rests(run.ID, rekey.Run.Held)
	at := "/runs/" + run.ID
	o.as(o.manager).get(at).shows(http.StatusOK, "Held</span>", "It would send 2 people a new password", `href="`+at+`/cancel"`).lacks(at + "/approve")
	o.as(o.manager).post(at+"/approve?count=2", url.Values{}).shows(http.StatusForbidden, "because you own it or saved it last; another person or an Administrator can")
	o.as(o.operator).get(at + "/approve").shows(http.StatusForbidden)
	v := o.as(o.root)
	v.get(at).shows(http.StatusOK, `href="`+at+`/approve"`)
	v.get(at+"/approve").shows(http.StatusOK, "Sends 2 people a new password", `action="`+at+`/approve?count=2"`)
	v.post(at+"/approve?count=3", url.Values{}).shows(http.StatusConflict, "would reach 2 people, not 3")
	v.post(at+"/approve?count=2", url.Values{}).leads(at)
	o.rests(run.ID, finished)
	v.get(at).shows(http.StatusOK, "2 of 2 · sent 2")
}

func TestDeliverySaysWhyItWasMadeAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := open(t)
	unlucky := o.person(rekey.RoleMember, named("Grace", "<script>alert(1)</script>"))
	o.refuses(unlucky)
	o.automation(o.manager, "Leak", true, onExternal)
	run := o.happen(o.manager, "leak", unlucky.ID)[0]
	o.rests(run.ID, finished)
	failed := o.deliveries(run.ID)[0]
	at := "/deliveries/" + failed.ID
	o.as(o.operator).get(at).shows(http.StatusOK, "New password for Grace &lt;script&gt;", "550 5.1.1 mailbox unknown", "The mail server refused the message.",
		"The old password still works.", "Correct the address, then choose Retry.", "The event leak took place on", "the automation “Leak”", "They passed all checks",
		"You cannot retry this delivery", unlucky.Address, `href="/users/`+unlucky.ID, `href="/runs/`+run.ID, "Replaced when the mail is sent").lacks("<script>alert", at+"/retry")
	o.as(o.operator).post(at+"/retry", url.Values{}).shows(http.StatusForbidden)
	o.mail.SetScript(mailtest.Script{})
	v := o.as(o.manager)
	v.get(at).shows(http.StatusOK, `action="`+at+`/retry"`, "Retry: send another to "+unlucky.Address)
	again := v.post(at+"/retry", url.Values{})
	next, _, _ := strings.Cut(again.Header.Get("Location"), "?")
	again.leads(next)
	o.rests(run.ID, finished)
	v.get(next+"?notice=retried").shows(http.StatusOK, "This is the new delivery", "The mail server has accepted the mail.", "This is delivery number 2 to the same person", at,
		"It was sent. If it does not arrive", "The old password does not work now. It works again if the new one goes unused.").lacks(next + "/retry")
	v.post(next+"/retry", url.Values{}).shows(http.StatusConflict, "can be retried")
	o.as(o.person(rekey.RoleMember)).get(at).shows(http.StatusForbidden)
}

func TestDeliverySaysWhenItsUserWasReminded(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.manager, "Leak", true, onExternal)
	run := o.happen(o.manager, "leak", o.member.ID)[0]
	o.rests(run.ID, finished)
	d := o.deliveries(run.ID)[0]
	v := o.as(o.manager)
	v.get("/deliveries/"+d.ID).shows(http.StatusOK, "Valid until").lacks("Reminded at")
	d.RemindedAt = d.AcceptedAt.Add(36 * time.Hour)
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutNotice(t.Context(), engine.QueuedNotice{ID: d.ID, Kind: engine.NoticeRemind, EndedAt: d.AcceptedAt, Delivery: d})
	}))
	v.get("/deliveries/"+d.ID).shows(http.StatusOK, "Reminded at")
}

// Nobody knows whether the mail arrived: if it did, its password works.
func TestDeliveryWithoutAnAnswerSaysThatItsPasswordMayWork(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.mail.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Record: true, Drop: mailtest.DropBefore}}})
	o.automation(o.manager, "Leak", true, onExternal)
	run := o.happen(o.manager, "leak", o.member.ID)[0]
	o.rests(run.ID, func(rekey.Run) bool {
		list := o.deliveries(run.ID)
		return len(list) == 1 && list[0].State == rekey.DeliveryDeferred
	})
	o.as(o.manager).get("/deliveries/"+o.deliveries(run.ID)[0].ID).shows(http.StatusOK, "The mail server got the message but did not answer, so the mail may arrive",
		"If the mail has arrived, the password in it works until 25 November 2026", "The old password works until the mail server has accepted the new one.")
}

func TestDeliveryOfSomebodyAboveIsNotThere(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal, sends(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged}))
	run := o.happen(o.root, "leak", o.manager.ID)[0]
	o.rests(run.ID, finished)
	d := o.deliveries(run.ID)[0]
	o.as(o.operator).get("/deliveries/" + d.ID).shows(http.StatusNotFound).lacks(o.manager.Address)
	o.as(o.operator).get("/runs/"+run.ID).shows(http.StatusOK, "And 1 that you may not view.").lacks(o.manager.Address)
	o.as(o.manager).get("/deliveries/"+d.ID).shows(http.StatusOK, "The old password works until they choose a new one.", "Kept until they choose a new one")
}
