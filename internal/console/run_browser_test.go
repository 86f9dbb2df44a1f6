package console_test

import (
	"testing"

	"rekey/internal/browser"
)

func TestPageOfARunFollowsItWhereItIsRead(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, gate := o.slow()
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/runs/" + run.ID)
	tab.See("1 of 2 · sent 1")
	// Nothing under the pointer is replaced: the links are the same ones after.
	tab.Eval("(window.before = [...document.querySelectorAll('main a')], true)", nil)
	close(gate)
	tab.See("2 of 2 · sent 2")
	tab.See("Show 1 new")
	tab.WaitUntil("document.querySelector('.lead .state').textContent === 'Finished'")
	tab.WaitUntil("document.querySelector('[sse-swap=count-Sent]').textContent === '2'")
	tab.WaitUntil("window.before.every((link) => link.isConnected)")
	tab.Follow("Show 1 new")
	tab.WaitUntil("!document.querySelector('[sse-connect]')")
}

func TestTestEventIsLookedAtWhileItIsTypedAndPosted(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.automation(o.root, "Leak", true, onExternal)
	tab := o.browse(o.manager, browser.Options{})
	tab.Open(o.URL() + "/events/new")
	tab.Type("Name", "siem.leak")
	tab.See("1 automation would start a run, and 0 people would get a new password.")
	tab.Type("#users", o.member.Address)
	tab.See("1 automation would start a run, and 1 person would get a new password.")
	tab.WaitUntil("document.getElementById('live').textContent.includes('1 person would get')")
	tab.Follow("Post the event")
	tab.See("The event is posted.")
	tab.See("1 of 1 · sent 1")
}
