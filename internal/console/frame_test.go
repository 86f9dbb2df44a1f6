package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestRoleDecidesWhichPagesOpen(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.as(o.member).get("/automations").shows(http.StatusForbidden, "You do not have access to this page.")
	o.as(o.manager).post("/mail/test", url.Values{}).shows(http.StatusForbidden, "You do not have access to this page.")
}
