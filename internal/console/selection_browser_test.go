package console_test

import (
	"testing"

	"rekey/internal/browser"
)

func TestRowsAndCELFollowEachOtherWhileSomebodyTypes(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/selections/new")
	cel := func(want string) {
		t.Helper()
		tab.WaitUntil("document.getElementById('expression').value === `" + want + "`")
	}
	// What has come anew hears nothing before htmx has settled it.
	settled := func() {
		t.Helper()
		tab.WaitUntil("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-added, .htmx-settling')")
	}
	tab.See("Selects 2 of 2 system users that you may view.")
	tab.Type("Name", "Typed")
	settled()
	tab.Click("Add a row")
	tab.WaitUntil("document.activeElement.id === 'rows[1].field'")
	settled()
	tab.Choose("#rows\\[1\\]\\.field", "Rank")
	tab.WaitFor("#rows\\[1\\]\\.value")
	settled()
	tab.Type("#rows\\[1\\]\\.value", "0")
	tab.See("Selects 1 of 2 system users that you may view.")
	cel("!user.uses_api && user.rank == 0")
	tab.See("Not met: Rank is 0.")
	settled()
	tab.Choose("#rows\\[1\\]\\.operator", "is at least")
	cel("!user.uses_api && user.rank >= 0")
	settled()
	tab.Type("#rows\\[1\\]\\.value", "ten")
	tab.See("Row 2: Give a whole number from 0 to 100,000.")
	tab.See("Complete the rows to count the system users.")
	tab.Type("#rows\\[1\\]\\.value", "1")
	cel("!user.uses_api && user.rank >= 1")
	settled()

	tab.Type("Condition", "user.rank == 0 || user.typo")
	tab.See("undefined field 'typo'")
	tab.See("The rows return when the CEL is valid.")
	settled()
	tab.Type("Condition", "user.rank == 0 || user.last_name == 'Byron'")
	tab.WaitUntil("document.getElementById('rows[1].value')?.value === 'Byron'")
	tab.WaitUntil("document.activeElement.id === 'expression'")
	settled()
	tab.Type("Condition", "true")
	tab.See("This condition cannot be shown as rows. Edit it as CEL.")
	tab.Click("Examples")
	tab.Click("Kiosk accounts")
	tab.WaitUntil("document.getElementById('rows[0].key')?.value === 'kind'")
	settled()
	tab.Click("Remove row 1")
	tab.WaitUntil("!document.getElementById('rows[0].key')")
	settled()
	tab.Type("Condition", "!user.uses_api")
	tab.WaitFor("#rows\\[0\\]\\.value")
	tab.Follow("Create the selection")
	tab.See("The selection is created.")
	tab.See("Selects 2 of 2")
}

func TestSelectionIsDefinedWithoutScript(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{NoScript: true, Width: 390, Height: 844})
	tab.Open(o.URL() + "/selections/new")
	tab.Type("Name", "Typed")
	tab.Follow("Add a row")
	tab.Choose("#rows\\[1\\]\\.field", "Rank")
	tab.Follow("Write as CEL")
	tab.Type("#rows\\[1\\]\\.value", "0")
	tab.Follow("Count now")
	tab.See("Selects 1 of 2 system users that you may view.")
	tab.Follow("Create the selection")
	tab.See("Rank is 0.")
	tab.Follow("Count now")
	tab.See("Not met: Rank is 0.")
}
