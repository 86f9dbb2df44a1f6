package console_test

import (
	"testing"

	"rekey"
	"rekey/internal/browser"
)

func TestListOfUsersIsNarrowedWhileSomebodyTypes(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.newcomer(rekey.RoleMember, named("Grace", "Hopper"))
	tab := o.browse(o.root, browser.Options{})
	tab.Open(o.URL() + "/users")
	tab.See("5 system users")
	tab.Type("Name or address", "hopp")
	tab.WaitUntil("document.querySelectorAll('[data-row]').length === 1 && location.search.includes('search=hopp')")
	tab.WaitUntil("document.activeElement.id === 'search'")
	tab.Choose("Status", "Blocked")
	tab.See("No system users match")
	tab.Follow("Show all system users")
	tab.See("5 system users")
}

func TestUserIsMadeWithoutScript(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.root, browser.Options{NoScript: true, Width: 390, Height: 844})
	tab.Open(o.URL() + "/users/new")
	tab.Type("Email address", "grace@example.org")
	tab.Type("Name 1", "team")
	tab.Type("Value 1", "blue")
	tab.Follow("Add an attribute")
	tab.Type("Name 2", "desk")
	tab.Type("Value 2", "17")
	tab.Follow("Create the system user")
	tab.See("The system user is created.")
	tab.See("desk")
	tab.Follow("Send a new password now")
	tab.Follow("Send a new password to grace@example.org")
	o.mail.WaitFor(1)
}
