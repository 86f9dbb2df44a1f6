package console_test

import (
	"os"
	"testing"

	"rekey"
	"rekey/internal/browser"
	"rekey/internal/browser/browsertest"
)

func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }

// browse opens a browser in which u has logged in.
func (o *office) browse(u rekey.SystemUser, options browser.Options) *browsertest.Tab {
	o.t.Helper()
	tab := browsertest.Open(o.t, options)
	tab.Open(o.URL() + "/login")
	tab.Type("Email address", u.Address)
	tab.Type("#password", typed)
	tab.Follow("Log in")
	return tab
}
