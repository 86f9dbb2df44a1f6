package console_test

import (
	"net/http"
	"testing"

	"rekey"
	"rekey/internal/engine"
)

func TestCatalogueExplainsEveryEventWithEveryJob(t *testing.T) {
	t.Parallel()
	o := open(t)
	page := o.as(o.operator).get("/catalogue").shows(http.StatusOK, "Usually, (S) events go with (S) jobs.",
		"Send New Password to Contact (C)", "There are no contacts here, only system users.", "Not offered",
		"Impossible</span>", "Recommended</span>", "This is a common reason for this job.", "Possible</span>", "not a common reason")
	for _, e := range rekey.EventTypes() {
		page.shows(http.StatusOK, `id="`+e.Name+`"`, e.Label, `href="/automations/new?event=`+e.Name+`"`)
	}
	for _, j := range engine.JobTypes() {
		page.shows(http.StatusOK, `id="`+j.Name+`"`, j.Label)
	}
	o.as(o.member).get("/catalogue").shows(http.StatusForbidden)
}
