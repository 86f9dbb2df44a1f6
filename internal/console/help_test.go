package console_test

import (
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// stranger is a browser in which nobody has logged in.
func (o *office) stranger() *visitor {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	o.ok(err)
	return &visitor{o, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func TestHelpListsTheKeysOfThePagesThatAReaderHas(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.as(o.root).get("/help").shows(http.StatusOK, "<kbd>g</kbd> then <kbd>m</kbd>", "Go to Mail", "<kbd>j</kbd>", "Switch shortcuts on or off on your account page", "Mailed password", "Accepted")
	o.as(o.member).get("/help").shows(http.StatusOK, "<kbd>?</kbd>", "/help/passwords").lacks("<kbd>g</kbd>", "/catalogue", "/api/docs")
	o.stranger().get("/help").leads("/login")
}

func TestEverybodyIsToldHowToChooseASecurePassword(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.stranger().get("/help/passwords").shows(http.StatusOK, "Make it long.", "12 to 128 characters", `href="/login"`)
	o.as(o.member).get("/help/passwords").shows(http.StatusOK, "Use it nowhere else.", `href="/change-password"`)
}
