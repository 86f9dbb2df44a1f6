package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rekey"
)

// keeps makes an automation wait for the end of another one, and keep old passwords.
func keeps(before rekey.Automation) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		waits(before)(a)
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged})
	}
}

func waits(before rekey.Automation) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.EventType, a.EventFilter = rekey.AutomationFinished, rekey.EventFilter{Automation: before.ID}
	}
}

func on(event string) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.EventType, a.EventFilter = event, rekey.EventFilter{}
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged})
	}
}

func revoke(a *rekey.Automation) {
	a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce})
}

// chain creates automations that run one after another and keep old passwords.
func (o *office) chain(event string, length int) []rekey.Automation {
	o.t.Helper()
	list := []rekey.Automation{o.automation(o.operator, on(event))}
	for len(list) < length {
		list = append(list, o.automation(o.operator, keeps(list[len(list)-1])))
	}
	return list
}

func (o *office) edit(a rekey.Automation, change func(*rekey.Automation)) error {
	_, err := o.UpdateAutomation(o.ctx, o.operator, a.ID, 0, func(a *rekey.Automation) error { change(a); return nil })
	return err
}

func TestLoopIsRefusedWhenItIsSaved(t *testing.T) {
	t.Parallel()
	o := setup(t)
	links := o.chain(rekey.UserCreated, 3)
	for _, last := range links[1:] {
		err := o.edit(links[0], waits(last))
		o.refused(err, rekey.CodeInvalid, "event_filter.automation")
		if text := err.Error(); !strings.Contains(text, "'"+links[0].Name+"' → '") {
			t.Errorf("the loop is not shown: %s", text)
		}
	}
	o.refused(o.edit(links[0], waits(links[0])), rekey.CodeInvalid, "event_filter.automation")
	// Those that are not active count, too: each may be activated later.
	for _, a := range links[1:] {
		_, err := o.DeactivateAutomation(o.ctx, o.operator, a.ID, 0)
		o.must(err)
	}
	o.refused(o.edit(links[0], waits(links[2])), rekey.CodeInvalid, "event_filter.automation")
	o.must(o.edit(links[1], on(rekey.UserRestored)))
	o.must(o.edit(links[0], waits(links[2])))
}

func TestLoopThatIsStoredIsRefusedWhenItIsActivated(t *testing.T) {
	t.Parallel()
	o := setup(t)
	links := o.chain(rekey.UserCreated, 2)
	for _, a := range links {
		_, err := o.DeactivateAutomation(o.ctx, o.operator, a.ID, 0)
		o.must(err)
	}
	_, err := o.db.SQLite().ExecContext(o.ctx, `UPDATE automations SET event_type = 'automation.finished', event_filter = $1 WHERE id = $2`,
		`{"automation":"`+links[1].ID+`"}`, links[0].ID)
	o.must(err)
	for _, a := range links {
		_, err := o.ActivateAutomation(o.ctx, o.operator, a.ID, 0)
		o.refused(err, rekey.CodeInvalid, "event_filter.automation")
	}
}

func TestChainHasAtMostEightAutomations(t *testing.T) {
	t.Parallel()
	o := setup(t)
	links := o.chain(rekey.UserCreated, rekey.MaxChain)
	_, err := o.CreateAutomation(o.ctx, o.operator, draft(keeps(links[rekey.MaxChain-1])), false)
	o.refused(err, rekey.CodeInvalid, "event_filter.automation")
	before := o.automation(o.operator, on(rekey.UserRestored))
	o.refused(o.edit(links[0], waits(before)), rekey.CodeInvalid, "event_filter.automation")
}

func TestChainNeedsAnAutomation(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, err := o.CreateAutomation(o.ctx, o.operator, draft(keeps(rekey.Automation{})), true)
	o.refused(err, rekey.CodeInvalid, "event_filter.automation")
	_, err = o.CreateAutomation(o.ctx, o.operator, draft(keeps(rekey.Automation{ID: newID()})), false)
	o.refused(err, rekey.CodeInvalid, "event_filter.automation")
	_, err = o.CreateAutomation(o.ctx, o.operator, draft(func(a *rekey.Automation) { a.EventFilter.Automation = newID() }), false)
	o.refused(err, rekey.CodeInvalid, "event_filter.automation")
	_, err = o.CreateAutomation(o.ctx, o.operator, draft(keeps(rekey.Automation{})), false) // a draft may be incomplete
	o.must(err)
}

// Rule 2: a chain that a stranger can begin cannot be saved with anything but keep.
func TestChainThatAStrangerCanBeginOnlyKeeps(t *testing.T) {
	t.Parallel()
	for length := 2; length <= 5; length++ {
		t.Run(fmt.Sprint(length, " links"), func(t *testing.T) {
			t.Parallel()
			for _, event := range []string{rekey.PasswordResetRequested, rekey.UserLocked, rekey.PasswordExpired} {
				o := setup(t)
				links := o.chain(event, length)
				for _, a := range links[1:] {
					for _, old := range []rekey.OldPassword{"", rekey.ReplaceWhenSent, rekey.RevokeAtOnce} {
						err := o.edit(a, func(a *rekey.Automation) {
							a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: old})
						})
						o.refused(err, rekey.CodeInvalid, "job_params.old_password")
					}
				}
				for _, active := range []bool{false, true} {
					_, err := o.CreateAutomation(o.ctx, o.operator, draft(waits(links[length-1]), revoke), active)
					o.refused(err, rekey.CodeInvalid, "job_params.old_password")
				}
			}
		})
	}
}

func TestFirstLinkCannotLaterBeOneThatAStrangerCanBegin(t *testing.T) {
	t.Parallel()
	for length := 2; length <= 5; length++ {
		t.Run(fmt.Sprint(length, " links"), func(t *testing.T) {
			t.Parallel()
			o := setup(t)
			links := o.chain(rekey.UserCreated, length)
			last := links[length-1]
			o.must(o.edit(last, revoke))
			err := o.edit(links[0], on(rekey.PasswordResetRequested))
			o.refused(err, rekey.CodeInvalid, "event_type")
			if !strings.Contains(err.Error(), last.Name) {
				t.Errorf("the automation is not named: %v", err)
			}
			forgot := o.automation(o.operator, on(rekey.PasswordResetRequested))
			o.refused(o.edit(links[0], waits(forgot)), rekey.CodeInvalid, "event_filter.automation")
			_, err = o.DeactivateAutomation(o.ctx, o.operator, last.ID, 0)
			o.must(err)
			o.refused(o.edit(links[0], on(rekey.PasswordResetRequested)), rekey.CodeInvalid, "event_type")
			o.must(o.edit(last, keeps(links[length-2])))
			o.must(o.edit(links[0], on(rekey.PasswordResetRequested)))
		})
	}
}

func TestChainOfASourceInWhichOutsidersHaveASayOnlyKeeps(t *testing.T) {
	t.Parallel()
	o := setup(t)
	program := o.person(rekey.RoleMember, api)
	o.must(o.setSources(o.root, program, ticketSource()))
	tickets := func(a *rekey.Automation) {
		on(rekey.External)(a)
		a.EventFilter.Source = rekey.TextFilter{Operator: rekey.OpEquals, Value: "/tickets"}
	}
	first := o.automation(o.operator, tickets)
	second := o.automation(o.operator, keeps(first))
	o.refused(o.edit(second, revoke), rekey.CodeInvalid, "job_params.old_password")
	o.must(o.edit(first, func(a *rekey.Automation) { a.EventFilter.Source.Value = "/siem" }))
	o.must(o.edit(second, revoke))
	o.refused(o.edit(first, tickets), rekey.CodeInvalid, "event_type")
}

// Whatever is saved in whatever order: no loop, no chain of more than eight, and only keep
// where a stranger can begin.
func TestChainsThatCanBeSavedAreSound(t *testing.T) {
	t.Parallel()
	o := setup(t)
	rapid.Check(t, func(t *rapid.T) {
		var links []rekey.Automation
		for range rapid.IntRange(2, 12).Draw(t, "automations") {
			links = append(links, o.automation(o.operator, on(rekey.UserCreated)))
		}
		link := rapid.IntRange(0, len(links)-1)
		for range 30 {
			a := links[link.Draw(t, "edited")]
			var change []func(*rekey.Automation)
			switch rapid.IntRange(0, 4).Draw(t, "change") {
			case 0:
				change = append(change, on(rapid.SampledFrom([]string{rekey.UserCreated, rekey.PasswordResetRequested}).Draw(t, "event")))
			case 1:
				change = append(change, revoke)
			default:
				change = append(change, keeps(links[link.Draw(t, "after")]))
			}
			_ = o.edit(a, func(a *rekey.Automation) { // it may be refused
				for _, c := range change {
					c(a)
				}
			})
		}
		chains := rekey.Chains{}
		for _, a := range links {
			stored, err := o.db.Automation(o.ctx, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			chains[a.ID] = stored
		}
		for _, a := range chains {
			path := []string{a.ID} // followed without the code that is tested
			first := a
			for first.EventType == rekey.AutomationFinished {
				first = chains[first.EventFilter.Automation]
				if slices.Contains(path, first.ID) {
					t.Fatalf("a loop: %v", path)
				}
				path = append(path, first.ID)
			}
			if len(path) > rekey.MaxChain {
				t.Fatalf("a chain of %d", len(path))
			}
			if first.EventType == rekey.PasswordResetRequested && a.SendParams().OldPassword != rekey.KeepUntilChanged {
				t.Fatalf("a stranger can set off one with %q, after %d others", a.SendParams().OldPassword, len(path)-1)
			}
		}
	})
}
