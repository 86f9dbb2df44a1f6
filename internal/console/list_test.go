package console_test

import (
	"net/http"
	"testing"

	"rekey/internal/admin"
)

// A place that no page of a list has given out, as of an address that was cut
// short, is neither an error nor an empty page: the list begins.
func TestDamagedPlaceInAListLeadsToItsFirstPage(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	o.refuses(o.member)
	run := o.happen(o.root, "leak", o.member.ID)[0]
	o.rests(run.ID, finished)
	delivery := o.deliveries(run.ID)[0]
	v := o.as(o.root)
	for path, first := range map[string]string{
		"/automations":          "Send a new password now",
		"/selections":           `href="/selections/`,
		"/events":               `href="/events/` + run.EventID,
		"/runs":                 `href="/runs/` + run.ID,
		"/runs/" + run.ID:       `href="/users/` + o.member.ID,
		"/users":                o.member.Address,
		"/users/" + o.member.ID: `href="/deliveries/` + delivery.ID,
		"/mail":                 `href="/deliveries/` + delivery.ID,
	} {
		v.get(path).shows(http.StatusOK, first)
		for _, place := range []string{run.ID, "garbage", ".", "ffffffff", "zzz.1", admin.Cursor("/elsewhere", "zzz"), admin.Cursor("/elsewhere", "000")} {
			v.get(path+"?after="+place).shows(http.StatusOK, first)
			v.get(path+"?before="+place).shows(http.StatusOK, first)
		}
	}
}
