package console

import (
	"net/http"
	"testing"

	"rekey"
)

func TestWhoeverMustChangeIsToldHowAndNothingElse(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, f.mail(u))
	f.get("/help/passwords").shows(t, http.StatusOK, "Make it long.", `href="/change-password">Choose your own password`)
	f.get("/help").leadsTo(t, changePath+"?next=%2Fhelp")
}
