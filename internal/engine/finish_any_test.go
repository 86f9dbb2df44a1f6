package engine_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// forgot makes a stranger set off an automation.
func forgot(a *rekey.Automation) {
	a.EventType, a.EventFilter = rekey.PasswordResetRequested, rekey.EventFilter{}
}

// Whatever stands in the database, and changes while chains run: they end, nobody's
// automation runs twice in one, and what a stranger sets off only keeps.
func TestChainsThatRunAreSound(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	rapid.Check(t, func(rt *rapid.T) {
		h.onStep = nil
		stranger := rapid.Bool().Draw(rt, "set off by a stranger")
		links := h.chain(rapid.SampledFrom([]int{2, 4, rekey.MaxChain + 2}).Draw(rt, "automations"), func(a *rekey.Automation) {
			if stranger {
				forgot(a)
			}
		})
		link := rapid.SampledFrom(links)
		change := func() func() {
			edited, after := link.Draw(rt, "edited"), link.Draw(rt, "after")
			var do func(*rekey.Automation)
			switch rapid.SampledFrom([]string{"revokes", "revokes", "is inactive", "is for strangers", "follows"}).Draw(rt, "change") {
			case "revokes":
				do = revokes
			case "is inactive":
				do = func(a *rekey.Automation) { a.Status = rekey.AutomationInactive }
			case "is for strangers":
				do = forgot
			case "follows":
				do = follows(after)
			}
			return func() {
				_, err := h.db.SQLite().ExecContext(h.ctx, `DELETE FROM history`) // the version stays as it is
				h.must(err)
				h.edit(edited, do)
			}
		}
		few := rapid.SampledFrom([]int{0, 0, 1, 3})
		for range few.Draw(rt, "changes before") {
			change()()
		}
		steps, later := 0, map[int]func(){}
		for range few.Draw(rt, "changes meanwhile") {
			later[rapid.IntRange(1, 60).Draw(rt, "step")] = change()
		}
		h.onStep = func(engine.Step) {
			if steps++; later[steps] != nil {
				later[steps]()
			}
		}
		ada := h.person(newID() + "@example.org")
		event := h.external(ada)
		if stranger {
			event = rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}}
		}
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := h.Record(h.ctx, tx, event)
			return err
		}))
		h.work()
		h.soundChains(rt, links, stranger)
		_, err := h.db.SQLite().ExecContext(h.ctx, `UPDATE automations SET status = 'inactive'`)
		h.must(err)
	})
}

func (h *harness) soundChains(rt *rapid.T, links []rekey.Automation, stranger bool) {
	for _, a := range links {
		for _, run := range h.runsOf(a) {
			event := h.eventOf(run)
			if event.Type != rekey.AutomationFinished || run.State == rekey.RunCancelled {
				continue
			}
			before := event.Chain.Automations
			if len(before) >= rekey.MaxChain || slices.Contains(before, a.ID) {
				rt.Errorf("%s ran after %v", a.ID, before)
			}
			for _, d := range h.deliveries(run) {
				if stranger && !d.IssuedAt.IsZero() && d.OldPassword != rekey.KeepUntilChanged {
					rt.Errorf("a stranger set off %s", d.OldPassword)
				}
			}
		}
	}
}
