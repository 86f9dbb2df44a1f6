package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestAutomationIsShownInWordsWithItsRuns(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Leaked <b>", true, func(a *rekey.Automation) {
		a.EventType, a.Delay = rekey.External, rekey.Delay{Unit: rekey.Hours, Value: 2}
		a.TimeFrame.Days = []rekey.Weekday{rekey.Monday}
	})
	for range 2 {
		_, err := o.Admin.PostTestEvent(t.Context(), o.operator, admin.TestEvent{Name: "siem.leak", Users: []string{o.member.ID}})
		o.ok(err)
	}
	path := "/automations/" + a.ID
	v := o.as(o.operator)
	v.get(path).shows(http.StatusOK, "Leaked &lt;b&gt;", "When an external event arrives, wait 2 hours, then send the system users that it names a new password, unless they use the API.",
		"Only on Monday.", "2 runs are waiting for their due time.", "Waiting</span>", "External event (S)", "Kept out", `href="`+path+`/edit" data-edit`, path+"/deactivate", path+"/copy").
		lacks("Leaked <b>")
	o.as(o.root).get(path).shows(http.StatusOK, path+"/edit")
	v.get(path+"?preview=on&naming="+o.manager.ID).shows(http.StatusOK, "If it happened now", "1 more that you may not view", o.manager.ID).lacks(o.manager.Address)
	o.as(o.root).get(path+"?preview=on").shows(http.StatusOK, "Gets a new password · 1", "The automation&#39;s owner may not set this password · 3", "SAMPLE-SAMPLE")
	v.get(path+"/deactivate").shows(http.StatusOK, "This cancels 2 waiting runs.", "Deactivate &#39;Leaked &lt;b&gt;&#39;")
	v.get(path+"/delete").shows(http.StatusOK, "This cancels 2 waiting runs.", "permanently")
	v.post(path+"/deactivate", url.Values{"version": {"1"}}).leads(path)
	v.get(path+"?notice=automation-deactivated").shows(http.StatusOK, "Inactive</span>", "Events no longer start runs", "Cancelled</span>", "The automation is no longer active.", `action="`+path+`/activate"`)
	v.get(path+"/delete").shows(http.StatusOK, "It has no waiting runs.")
	v.post(path+"/activate", nil).leads(path)
	v.post(path+"/deactivate", url.Values{"version": {"1"}}).shows(http.StatusPreconditionFailed)
	v.post(path+"/delete", url.Values{"version": {"3"}}).leads("/automations")
	v.get("/automations?notice=automation-deleted").shows(http.StatusOK, "Its runs stay on record.")
	v.get(path).shows(http.StatusNotFound)
}

func TestIncompleteDraftIsOpenedWithWhatIsInItsWay(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Later", false, sends(rekey.SendParams{Note: "x"}), func(a *rekey.Automation) { a.EventType = "" })
	v := o.as(o.operator)
	path := "/automations/" + a.ID
	v.get(path).shows(http.StatusOK, "Please correct this before you activate it:", "Choose an event type from the catalogue.", "choose a system user")
	v.post(path+"/activate", nil).shows(http.StatusUnprocessableEntity, `action="`+path+`/edit"`, "Choose who gets the new password: people named by the event, or one system user.", "Choose an event type")
}

func TestCopyIsADraftOfOnesOwn(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.root, "Theirs", true)
	v := o.as(o.operator)
	copied := v.post("/automations/"+a.ID+"/copy", nil)
	edit, _, _ := strings.Cut(copied.Header.Get("Location"), "?")
	b := o.stored(strings.TrimSuffix(strings.TrimPrefix(edit, "/automations/"), "/edit"))
	if b.Name != "Theirs (copy)" || b.OwnerID != o.operator.ID || b.Status != rekey.AutomationDraft {
		t.Errorf("got %+v", b)
	}
	v.get(copied.Header.Get("Location")).shows(http.StatusOK, "This copy is a draft")
	// What it may not do in its new owner's name is said where it can be changed.
	boss := o.automation(o.root, "Boss", true, sends(rekey.SendParams{SystemUser: o.manager.ID}))
	v.post("/automations/"+boss.ID+"/copy", nil).
		shows(http.StatusUnprocessableEntity, `action="/automations/new"`, "System user not found.", "Boss (copy)")
}

func TestWhatIsNotOnesOwnIsNotOfferedAndIsRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.root, "Theirs", true)
	v := o.as(o.operator)
	path := "/automations/" + a.ID
	v.get(path).shows(http.StatusOK, "belongs to somebody of a higher rank", "Somebody of a higher rank", path+"/copy").lacks(path+"/edit", path+"/deactivate", path+"/delete")
	for _, verb := range []string{"edit", "activate", "deactivate", "delete"} {
		v.get(path + "/" + verb).shows(http.StatusForbidden)
		v.post(path+"/"+verb, url.Values{"go": {"save"}, "name": {"Mine"}}).shows(http.StatusForbidden)
	}
	if b := o.stored(a.ID); b.Version != 1 || b.Status != rekey.AutomationActive {
		t.Errorf("got %+v", b)
	}
}
