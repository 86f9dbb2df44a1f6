package console_test

import (
	"testing"
	"time"

	"rekey/internal/browser"
	"rekey/internal/browser/browsertest"
)

// logsIn fills in the log-in page that a tab shows.
func logsIn(tab *browsertest.Tab, address string) {
	tab.Type("Email address", address)
	tab.Type("#password", typed)
	tab.Follow("Log in")
}

func TestEditorComesBackAfterTheSessionHasEnded(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new")
	tab.Type("Name", "Typed with care")
	tab.WaitUntil(`document.getElementById("reach") !== null`)
	o.pass(time.Hour)
	tab.Follow("Save as draft")
	tab.See("What you typed is kept for an hour.")
	logsIn(tab, "mailto:"+o.operator.Address)
	tab.See("Nothing was saved, because your session had ended.")
	tab.WaitUntil(`location.pathname === "/automations/new" && document.querySelector("#name").value === "Typed with care"`)
	tab.Follow("Save as draft")
	tab.See("The draft is saved.")
}
