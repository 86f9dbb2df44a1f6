package console_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"rekey"
)

func TestOneButtonSendsAgainToThoseWhoAreNotInAndADoubleClickMakesOneRun(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, people := o.standing()
	o.pass(5 * time.Hour)
	v := o.as(o.operator)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "Send again to those who are not in", "/send-again")
	page := v.get("/runs/"+run.ID+"/send-again").shows(http.StatusOK, "to 2 people of this run", "Old passwords that still work are kept until they choose a new one.")
	action := regexp.MustCompile(`action="(/runs/[^"]+/send-again\?last=)"`).FindStringSubmatch(page.body)
	if action == nil {
		t.Fatal(page.body)
	}
	first := v.post(action[1], nil)
	second := v.post(action[1], nil)
	to := first.Header.Get("Location")
	if first.StatusCode != http.StatusSeeOther || to != second.Header.Get("Location") {
		t.Errorf("%d %s, then %d %s", first.StatusCode, to, second.StatusCode, second.Header.Get("Location"))
	}
	again, err := o.DB.AgainRuns(t.Context(), run.ID)
	o.ok(err)
	if len(again) != 1 {
		t.Fatalf("%d runs send again", len(again))
	}
	o.rests(again[0].ID, finished)
	for _, d := range o.deliveries(again[0].ID) {
		if d.UserID == people[0].ID || d.UserID == people[3].ID || d.OldPassword != rekey.KeepUntilChanged {
			t.Errorf("%s: %s %s, %s", d.Subject, d.State, d.Reason, d.OldPassword)
		}
	}
	v.get("/runs/"+again[0].ID).shows(http.StatusOK, "Sends again to those who were not in, of run", "/runs/"+run.ID)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "Sent again to those who were not in", "/runs/"+again[0].ID)
}

func TestNobodySendsAgainToPeopleWhomTheyMayNotView(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	boss := o.person(rekey.RoleAdministrator)
	run := o.rests(o.happen(o.root, "siem.leak", boss.ID)[0].ID, finished)
	v := o.as(o.operator)
	v.get("/runs/"+run.ID).lacks("Send again to those who are not in", boss.Address)
	v.get("/runs/"+run.ID+"/send-again").shows(http.StatusOK, "There is nobody to send to again.")
	v.post("/runs/"+run.ID+"/send-again?last=", nil).shows(http.StatusConflict)
}
