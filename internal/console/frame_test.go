package console_test

import (
	"net/http"
	"testing"
)

func TestRoleDecidesWhichPagesOpen(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.as(o.member).get("/automations").shows(http.StatusForbidden, "Your role does not open this page.")
	o.as(o.manager).get("/mail").shows(http.StatusForbidden, "Your role does not open this page.").lacks(`href="/mail"`)
}
