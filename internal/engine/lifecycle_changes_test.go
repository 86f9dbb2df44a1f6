package engine_test

import (
	"encoding/json"

	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/store"
)

// changes are what somebody with the right to changes while mails are on their
// way.
var changes = map[string]func(*life){
	"pause": (*life).pauses, "address": (*life).moves, "owner": (*life).blocksAnOwner, "edit": (*life).edits, "switch": (*life).switches,
	"large": (*life).large, "approve": (*life).approves,
}

// large is the automation of which two people are more than its ceiling.
const large = "large"

// pauses sending, or goes on with it.
func (l *life) pauses() {
	if l.paused {
		l.resume()
	} else {
		l.pause()
	}
	l.paused = !l.paused
}

// moves gives somebody another address.
func (l *life) moves() {
	u := l.one()
	version := u.Version
	u.Address = newID() + "@example.org"
	l.must(u.Validate())
	l.must(l.db.Update(l.ctx, func(tx *store.Tx) error {
		if err := tx.EndMailed(l.ctx, u.ID, rekey.ReasonAddressChanged, l.now()); err != nil {
			return err
		}
		return tx.UpdateUser(l.ctx, u, version, "")
	}))
	l.gone[u.ID] = true
}

// automation is one of those there are, as it is now.
func (l *life) automation() rekey.Automation {
	a, err := l.db.Automation(l.ctx, rapid.SampledFrom(l.automations).Draw(l.rt, "automation"))
	l.must(err)
	return a
}

// blocksAnOwner, or restores them.
func (l *life) blocksAnOwner() {
	owner := l.user(l.automation().OwnerID)
	if owner.Status == rekey.UserBlocked {
		l.restores(owner)
		return
	}
	l.change(owner.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
}

func (l *life) restores(owner rekey.SystemUser) {
	l.change(owner.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
	l.must(l.db.Update(l.ctx, func(tx *store.Tx) error { return tx.ResumeRuns(l.ctx, owner.ID, l.now()) }))
}

// edits has an automation do something else with the old password.
func (l *life) edits() {
	a := l.automation()
	var p rekey.SendParams
	l.must(json.Unmarshal(a.JobParams, &p))
	p.OldPassword = rapid.SampledFrom(settings).Draw(l.rt, "setting")
	raw, err := json.Marshal(p)
	l.must(err)
	l.updates(a, func(a *rekey.Automation) { a.JobParams = raw })
}

// switches an automation off, which cancels what has not begun, or on.
func (l *life) switches() {
	a := l.automation()
	if a.Status == rekey.AutomationInactive {
		l.updates(a, func(a *rekey.Automation) { a.Status = rekey.AutomationActive })
		return
	}
	l.updates(a, func(a *rekey.Automation) { a.Status = rekey.AutomationInactive })
}

func (l *life) updates(a rekey.Automation, change func(*rekey.Automation)) {
	version := a.Version
	change(&a)
	a.Version++
	l.must(l.db.Update(l.ctx, func(tx *store.Tx) error {
		if a.Status == rekey.AutomationInactive {
			if _, err := tx.CancelWaiting(l.ctx, a.ID, rekey.ReasonAutomationInactive, l.now()); err != nil {
				return err
			}
		}
		return tx.UpdateAutomation(l.ctx, a, version, "")
	}))
}

// large happens to both, which is above the ceiling.
func (l *life) large() { l.begins(large, l.people...) }

// approves what is held, or cancels it.
func (l *life) approves() {
	if len(l.runs) == 0 {
		return
	}
	run := rapid.SampledFrom(l.runs).Draw(l.rt, "run")
	l.must(l.db.Update(l.ctx, func(tx *store.Tx) error {
		_, err := tx.ApproveRun(l.ctx, run.ID, "approver", l.now())
		return err
	}))
}

// undo ends what keeps runs from their end.
func (l *life) undo() {
	if l.paused {
		l.pauses()
	}
	for _, id := range l.automations {
		a, err := l.db.Automation(l.ctx, id)
		l.must(err)
		if a.Status == rekey.AutomationInactive {
			l.updates(a, func(a *rekey.Automation) { a.Status = rekey.AutomationActive })
		}
		if owner := l.user(a.OwnerID); owner.Status == rekey.UserBlocked {
			l.restores(owner)
		}
	}
	for _, run := range l.runs {
		if got, err := l.db.Run(l.ctx, run.ID); err == nil && got.State == rekey.RunHeld && got.Reason == rekey.ReasonCeiling {
			deeds["cancel"](l.harness, run, rekey.Automation{}, rekey.SystemUser{})
		}
	}
}
