package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

func TestEditorReplaysTheLast90Days(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.as(o.member).get("/account") // a log-in is an event
	o.pass(time.Hour)
	v := o.as(o.operator)
	form := o.filledIn()
	for _, name := range []string{"event_filter.system_user", "job_params.system_user", "time_frame.start", "time_frame.end", "time_frame.days"} {
		form.Del(name)
	}
	form.Set("event_type", rekey.UserLoggedOn)
	page := v.press(v.get("/automations/new"), "/automations/new", "backtest", form)
	page.shows(http.StatusOK, "If it had been active", "2 events would have started 2 runs.", "sent 1 password to 1 person, judged by what is known today.",
		"Skipped 1 time: the automation&#39;s owner may not set this password.", `href="/events/`)
	v.press(page, "/automations/new", "backtest", url.Values{"delay.value": {"many"}}).shows(http.StatusUnprocessableEntity, "Give a whole number").lacks("judged by what is known today")
	list, err := o.Admin.Runs(t.Context(), o.root, rekey.RunQuery{}, admin.Place{})
	o.ok(err)
	if len(list.Entries) != 0 {
		t.Errorf("it started %+v", list.Entries)
	}
}
