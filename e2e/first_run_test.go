package e2e

import (
	"regexp"
	"strings"
	"testing"

	chromium "rekey/internal/browser"
	"rekey/internal/browser/browsertest"
)

var mailedPassword = regexp.MustCompile(`(?m)^[A-Za-z0-9]{6}(-[A-Za-z0-9]{6}){3}\r?$`)

// Somebody who has never seen Rekey sets it up, builds an automation by
// clicking, posts a test event, watches the run and finds the mail; whoever gets
// it logs in with it and is made to choose a password of their own.
func TestStrangerAutomatesByClicking(t *testing.T) {
	t.Parallel()
	office := open(t)
	const ada, grace = "ada@example.org", "grace@example.org"
	const adas, graces = "a wardrobe of seven lamps", "eleven kettles on a green hill"
	office.watch.secret(adas, ada)
	office.watch.secret(graces, grace)
	tab := browsertest.Open(t, chromium.Options{})

	tab.Open(office.setUp)
	tab.Type("Email address", ada)
	tab.Type("New password", adas)
	tab.Follow("Create the Administrator")
	tab.Follow("Send a test message")
	tab.See("The mail server accepted the message")
	if _, err := office.mail.WaitFor(t.Context(), ada, 0); err != nil {
		t.Fatal(err)
	}
	tab.Follow("It arrived: create the first automation")
	tab.See("Automations")

	tab.Open("/users/new")
	tab.Type("Email address", grace)
	tab.Type("First name", "<b>Grace</b>")
	tab.Follow(".buttons .btn-primary")
	tab.See("<b>Grace</b>")

	tab.Open("/automations")
	tab.Follow("New automation")
	tab.Type("#name", "Leaked credential")
	tab.Click("[value=external]")
	tab.Follow(".around >> Edit job")
	tab.Click("[value=on]")
	tab.Type("Suppose the event names", grace)
	tab.See("When")
	tab.WaitUntil(`document.querySelector("#reach-summary").textContent.includes("Reaches 1")`)
	tab.Follow(".around >> Time frame")
	tab.Follow("Save and activate")
	tab.See("Leaked credential")

	tab.Open("/events/new")
	tab.Type("Name", "siem.credential_leaked")
	tab.Type("System users involved", grace)
	tab.See("1 person would get a new password")
	tab.Follow("Post the event")
	tab.WaitUntil(`document.body.innerText.includes("1 of 1")`)
	tab.See("Sent")

	letter, err := office.mail.WaitFor(t.Context(), grace, 0)
	if err != nil {
		t.Fatal(err)
	}
	mailed := strings.TrimSpace(mailedPassword.FindString(letter.Text))
	if mailed == "" {
		t.Fatalf("no password stands in\n%s", letter.Text)
	}
	office.watch.secret(mailed, grace)

	hers := browsertest.Open(t, chromium.Options{Width: 390, Height: 844})
	hers.Open(office.url)
	hers.Type("Email address", grace)
	hers.Type("Password", mailed)
	hers.Follow("Log in")
	hers.See("Choose your own password")
	hers.Open("/account")
	hers.See("The password from the mail opens only this page")
	hers.Type("New password", graces)
	hers.Follow("Set the new password")
	hers.See("Your new password is set.")
	hers.WaitUntil(`document.querySelector("#first_name").value === "<b>Grace</b>"`)

	tab.Open("/runs")
	tab.See("Leaked credential")
}
