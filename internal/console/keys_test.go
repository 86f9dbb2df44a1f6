package console_test

import (
	"testing"

	"rekey/internal/browser"
)

func TestKeysDoWhatHelpSaysAndNothingWhileSomebodyTypes(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.selection(o.operator, "A selection", "true")
	tab := o.browse(o.operator, browser.Options{})
	focused := func(condition string) {
		t.Helper()
		tab.WaitUntil("document.activeElement.matches(`" + condition + "`)")
	}
	at := func(path string) {
		t.Helper()
		tab.WaitUntil("location.pathname === '" + path + "' && document.readyState === 'complete'")
	}
	tab.Open(o.URL() + "/selections")
	tab.Press("j")
	focused(`[data-open][href="/selections/` + id + `"]:focus-visible`)
	tab.Press("j", "j", "k") // at the end it stays
	focused(`[data-open][href="/selections/` + id + `"]`)
	tab.Press("Control+j", "Alt+j", "Meta+j")
	focused(`[data-open][href="/selections/` + id + `"]`)
	tab.Press("Enter")
	at("/selections/" + id)
	tab.Press("e")
	at("/selections/" + id + "/edit")
	tab.Click("Name")
	tab.Press("?", "n", "g", "s", "/")
	tab.WaitUntil("document.getElementById('name').value.endsWith('?ngs/')")
	at("/selections/" + id + "/edit")
	tab.Open(o.URL() + "/help")
	tab.Complaints() // the page asks before what was typed is lost
	tab.Press("g", "s")
	at("/selections")
	tab.Press("/")
	focused("#search:focus-visible")
	tab.Press("n")
	tab.WaitUntil("document.getElementById('search').value.endsWith('n')")
	tab.Eval("document.activeElement.blur()", nil)
	tab.Press("n")
	at("/selections/new")
	tab.Press("?")
	at("/help")

	tab.Eval("document.cookie = 'rekey-shortcuts=off; path=/'", nil)
	tab.Open(o.URL() + "/help")
	tab.See("Keyboard shortcuts are off.")
	tab.Press("g", "s", "Tab")
	focused(".skip")
	at("/help")
}
