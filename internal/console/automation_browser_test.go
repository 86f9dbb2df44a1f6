package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/browser"
	"rekey/internal/browser/browsertest"
)

// tabTo presses Tab until what a selector names has the focus.
func tabTo(t *testing.T, tab *browsertest.Tab, selector string) {
	t.Helper()
	for range 150 {
		var there bool
		if tab.Eval(fmt.Sprintf("document.activeElement.matches(%q)", selector), &there); there {
			return
		}
		tab.Press("Tab")
	}
	t.Fatalf("Tab does not come to %s", selector)
}

func types(tab *browsertest.Tab, text string) { tab.Press(strings.Split(text, "")...) }

func TestEditorIsUsedWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new")
	tabTo(t, tab, "#name")
	types(tab, "Back again")
	tabTo(t, tab, "[name=event_type]")
	tab.Press("ArrowDown") // from the first to the one after it
	tab.WaitUntil(`document.getElementById("words").textContent.includes("When a system user is created")`)
	unsaved := `(() => { const e = new Event("beforeunload", { cancelable: true }); dispatchEvent(e); return e.defaultPrevented; })()`
	tab.WaitUntil(unsaved)
	tabTo(t, tab, ".around button")
	tab.Press("Enter")
	tab.WaitUntil(`document.activeElement?.id === "step" && document.activeElement.textContent === "Edit job"`)
	tabTo(t, tab, `[name="job_params.use_event_parameter"]`)
	tab.Press("Space")
	tab.WaitUntil(`document.getElementById("words").textContent.includes("send them a new password")`)
	tab.WaitUntil(`/^Reaches \d+, skips \d+$/.test(document.getElementById("live").textContent)`)
	tab.WaitUntil(`getComputedStyle(document.querySelector(".target .one")).display === "none"`)
	tabTo(t, tab, "[name=delay]")
	tab.Press("ArrowRight")
	tabTo(t, tab, `[name="delay.value"]`)
	types(tab, "2")
	tab.WaitUntil(`document.getElementById("words").textContent.includes("wait 2 hours, then")`)
	tabTo(t, tab, "#reach .gets summary")
	tab.Press("Enter")
	tab.WaitUntil(`document.querySelector("#reach .gets details").open`)
	tabTo(t, tab, `.sticky [value="activate"]`)
	tab.Press("Enter")
	tab.See("is saved and active")
	if c := tab.Complaints(); len(c) > 0 {
		t.Errorf("complaints: %v", c)
	}
}

func TestPreviewIsWorkedOutAgainAndStaysOpen(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Address, u.Type = "reports@example.org", rekey.TypeAPI })
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new?recipe=new-colleague")
	tab.Follow(".around button")
	tab.Click("Uses the API · 1")
	tab.Type("#naming", "rep")
	tab.WaitFor("#naming-options [role=option]")
	tab.Press("ArrowDown", "Enter")
	tab.WaitUntil(`document.getElementById("reach").dataset.said === "Reaches 0, skips 1"`)
	tab.WaitUntil(`document.querySelector("#reach details[data-keep='Uses the API']")?.open`)
	tab.Click("summary:has(> .visually-hidden)")
	tab.Click("Include API users")
	tab.See("still leaves them out")
	tab.Choose("#selection_id", "None: no limit")
	tab.See("It would reach 1 account now")
}

// hold keeps every request that a page's scripts make until release is called.
const (
	hold = `(() => {
		const send = XMLHttpRequest.prototype.send;
		globalThis.held = [];
		globalThis.release = () => { XMLHttpRequest.prototype.send = send; held.forEach((go) => go()); };
		XMLHttpRequest.prototype.send = function (...body) { held.push(() => send.apply(this, body)); };
	})()`
	release = `release()`
)

func TestLateAnswerLeavesWhatWasOpenedAndTheFocus(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new?recipe=new-colleague")
	tab.Follow(".around button")
	for _, kept := range []string{"Uses the API", "mail"} {
		summary := fmt.Sprintf("#reach details[data-keep='%s'] > summary", kept)
		tab.WaitFor(summary)
		tab.Eval(hold, nil)
		tab.Eval(`document.getElementById("reach").late = true`, nil)
		tab.Type(`[id="job_params.note"]`, "For "+kept)
		tab.WaitUntil(`held.length > 0`)
		tab.Eval(fmt.Sprintf(`document.querySelector(%q).focus()`, summary), nil)
		tab.Press("Enter")
		tab.WaitUntil(fmt.Sprintf(`document.querySelector(%q).parentElement.open`, summary))
		tab.Eval(release, nil)
		tab.WaitUntil(`!document.getElementById("reach").late`)
		var open, focused bool
		tab.Eval(fmt.Sprintf(`document.querySelector(%q).parentElement.open`, summary), &open)
		tab.Eval(fmt.Sprintf(`document.activeElement === document.querySelector(%q)`, summary), &focused)
		if !open || !focused {
			t.Errorf("%s: after the late answer it is open: %t, it has the focus: %t", kept, open, focused)
		}
	}
}

func TestEditorWorksWithoutScript(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{NoScript: true})
	tab.Open(o.URL() + "/automations/new")
	tab.Type("#name", "Plain")
	tab.Click(`[value="user.restored"]`)
	tab.Follow(".around button")
	tab.Click("[value=on]")
	tab.Click("#side summary")
	tab.Follow(".editor-side [value=preview]")
	tab.See("When a system user is restored")
	tab.Follow("Save as draft")
	tab.See("The draft is saved.")
}

func TestPreviewOpensFromItsBarOnAPhone(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{Width: 390, Height: 844})
	tab.Open(o.URL() + "/automations/new?recipe=new-colleague")
	tab.WaitUntil(`!document.getElementById("side").open`)
	tab.Click("#side > summary")
	tab.See("When a system user is created, send them a new password")
	tab.WaitUntil(`document.querySelector("#side > summary").getBoundingClientRect().bottom <= document.querySelector(".sticky").getBoundingClientRect().top + 1`)
}

func TestWhatWasTypedOutlivesTheSession(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new?recipe=new-colleague")
	o.pass(13 * time.Hour)
	tab.Type("#name", "Typed with care")
	tab.See("Your session has ended. Log in in another tab, then continue here") //nolint:dupword // log in, in a tab
	tab.WaitUntil(`document.getElementById("name").value === "Typed with care" && document.getElementById("words") !== null`)
}

func TestPeopleAreBrowsedAndSelectionsSearched(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 15 {
		_, err := o.Admin.CreateSelection(t.Context(), o.operator, rekey.Selection{Name: fmt.Sprintf("Site %02d", i), Expression: "true"})
		o.ok(err)
	}
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new?event=user.created")
	tab.Follow(".around button")
	tab.Click("Browse system users")
	tab.WaitFor(`[id="job_params.system_user-options"] [role=option]`)
	tab.Type("#find-selection", "site 07")
	tab.WaitUntil(`document.getElementById("selection_id").options.length === 2`) // and the chosen one
	tab.Choose("#selection_id", "Site 07")
	tab.WaitUntil(`document.getElementById("words").textContent.includes("if they are in Site 07")`)
}

// The list of suggestions once covered what stood below it: a click meant for that chose
// a person.
func TestSuggestionsCoverNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, width := range []int{1440, 390} {
		tab := o.browse(o.operator, browser.Options{Width: width, Height: 900})
		tab.Open(o.URL() + "/automations/new?event=" + rekey.External)
		tab.Follow(".around button")
		tab.Click("[value=one]")
		tab.Type(`#job_params\.system_user`, "ada")
		tab.WaitFor(`[id="job_params.system_user-options"] [role=option]`)
		tab.WaitUntil(`(() => {
			const list = document.getElementById("job_params.system_user-options").getBoundingClientRect();
			return [...document.querySelectorAll(".editor-main input, .editor-main textarea, .editor-main select, .editor-main button")].every((e) => {
				const box = e.getBoundingClientRect();
				return box.width === 0 || box.bottom <= list.top || box.top >= list.bottom;
			});
		})()`)
		tab.Click("[value=everybody]")
		tab.WaitUntil(`document.querySelector("[value=everybody]").checked`)
		tab.WaitUntil(`document.getElementById("job_params.system_user").value === "ada"`)
		tab.WaitUntil(`document.getElementById("job_params.system_user-options").hidden`)
	}
}

func TestOneFixedPersonIsWarnedAboutInWords(t *testing.T) {
	t.Parallel()
	o := open(t)
	tab := o.browse(o.operator, browser.Options{})
	tab.Open(o.URL() + "/automations/new?event=user.locked")
	tab.Follow(".around button")
	tab.Type(`#job_params\.system_user`, "ada")
	tab.WaitUntil(`document.getElementById("words").textContent.includes("send ada a new password")`)
	tab.Type(`#job_params\.system_user`, o.member.Address)
	tab.WaitUntil(`document.querySelector("[value=one]").checked`)
	tab.See("Whenever a system user is locked out, this one system user gets a new password")
	tab.Type("Suppose the event names", o.operator.Address)
	tab.See("The people in the event make no difference here")
	tab.Click("[value=on]")
	tab.WaitUntil(`!document.body.textContent.includes("this one system user")`)
	tab.WaitUntil(`!document.body.textContent.includes("makes no difference here")`)
	tab.See("Reaches 0, skips 1") // the one who is typed, and who is not the owner's to set
}

// WCAG 2.2, 2.4.11: what has the focus is not hidden by what stays at the lower edge.
func TestFocusIsNeverHiddenUnderTheBar(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, size := range [][2]int{{1440, 600}, {390, 700}} {
		tab := o.browse(o.operator, browser.Options{Width: size[0], Height: size[1]})
		tab.Open(o.URL() + "/automations/new?event=user.created")
		tab.Follow(".around button")
		for range 40 {
			tab.Press("Tab")
			var hidden string
			tab.Eval(`(() => {
				const e = document.activeElement, bar = document.querySelector(".editor-end .sticky");
				if (!e || e === document.body || e.closest(".editor-end")) return "";
				const bars = [bar, document.querySelector("#side > summary")].map((b) => b.getBoundingClientRect()).filter((b) => b.height > 0);
				const box = e.getBoundingClientRect();
				const under = bars.some((b) => box.top >= b.top && box.left < b.right && box.right > b.left);
				return box.height > 0 && under ? e.id || e.name || e.textContent : "";
			})()`, &hidden)
			if hidden != "" {
				t.Errorf("at %d px, %q has the focus under the bar", size[0], hidden)
			}
		}
	}
}
