package admin_test

import (
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// tells makes an automation that tells recipients.
func tells(recipients ...string) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.JobType, a.SelectionID = rekey.NotifyAddress, ""
		a.JobParams = rekey.NotifyParams{Recipients: recipients, Subject: "{event}", Text: "{people}"}.JSON()
	}
}

func TestMessageGoesOnlyToWhomItsAuthorMayWrite(t *testing.T) {
	t.Parallel()
	o := setupOn(t, storetest.Open(t), func(c *admin.Config) { c.Domains = rekey.Domains{"desk.example"} })
	saved, err := o.CreateAutomation(o.ctx, o.operator, draft(tells(o.member.Address, "Alerts@Desk.Example")), true)
	o.must(err)
	if got := saved.Automation.NotifyParams().Recipients; len(got) != 2 || got[0] != o.member.ID || got[1] != "alerts@desk.example" {
		t.Errorf("recipients %q", got)
	}
	for _, wrong := range []string{o.root.Address, o.root.ID, "alerts@sub.desk.example", "alerts@elsewhere.example", "desk.example", newID()} {
		o.unchanged(func() {
			_, err := o.CreateAutomation(o.ctx, o.operator, draft(tells(o.member.ID, wrong), func(a *rekey.Automation) { a.Name = "Another" }), true)
			o.refused(err, rekey.CodeInvalid, "job_params.recipients")
		})
	}
	// An address in a listed domain may belong to a person who is hidden from the author. Nothing
	// shows that.
	boss := o.person(rekey.RoleAdministrator, func(u *rekey.SystemUser) { u.Address, u.AddressKey = "boss@desk.example", "boss@desk.example" })
	for _, address := range []string{boss.Address, "nobody@desk.example"} {
		a := draft(tells(address))
		p, err := o.PreviewAutomation(o.ctx, o.operator, a, nil)
		o.must(err)
		if len(p.Reached) != 1 || p.Reached[0].User.ID != "" || len(p.Skipped)+p.Hidden != 0 {
			t.Errorf("the preview of %s: %+v", address, p)
		}
		saved, err := o.CreateAutomation(o.ctx, o.operator, a, false)
		o.must(err)
		if got := saved.Automation.NotifyParams().Recipients; len(got) != 1 || got[0] != address {
			t.Errorf("stored %q", got)
		}
	}
	// The recipients of a higher owner are no error for a reader.
	of := o.automation(o.root, tells(o.root.ID))
	p, err := o.PreviewAutomation(o.ctx, o.operator, of, nil)
	o.must(err)
	if p.Hidden != 1 || len(p.Reached) != 0 {
		t.Errorf("the preview of the Administrator's: %+v", p)
	}
	// Whom one may not view is as unknown as nobody.
	_, hidden := o.CreateAutomation(o.ctx, o.operator, draft(tells(o.root.Address)), false)
	_, nobody := o.CreateAutomation(o.ctx, o.operator, draft(tells("nobody@example.org")), false)
	if a, b := hidden.Error(), nobody.Error(); strings.Replace(a, o.root.Address, "nobody@example.org", 1) != b {
		t.Errorf("%q says another thing than %q", a, b)
	}
	without := setup(t)
	_, err = without.CreateAutomation(without.ctx, without.operator, draft(tells("alerts@desk.example")), true)
	without.refused(err, rekey.CodeInvalid, "job_params.recipients")
	if !strings.Contains(err.Error(), "notify_domains") {
		t.Error(err)
	}
}

func TestMessageHasNoSelectionAndNoBacktest(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, err := o.CreateAutomation(o.ctx, o.operator, draft(tells(o.member.ID), func(a *rekey.Automation) { a.SelectionID = newID() }), true)
	o.refused(err, rekey.CodeInvalid, "selection_id")
	_, err = o.Backtest(o.ctx, o.operator, draft(tells(o.member.ID)), 30, 1e9)
	o.refused(err, rekey.CodeInvalid, "job_type")
	p, err := o.PreviewAutomation(o.ctx, o.operator, draft(tells(o.member.ID)), nil)
	o.must(err)
	if len(p.Reached) != 1 || p.Reached[0].User.ID != o.member.ID || !p.Complete || p.Ceiling != 0 {
		t.Errorf("the preview: %+v", p)
	}
}

func TestDraftOfAMessageMayBeIncomplete(t *testing.T) {
	t.Parallel()
	o := setup(t)
	empty := func(a *rekey.Automation) { a.JobType, a.SelectionID, a.JobParams = rekey.NotifyAddress, "", nil }
	saved, err := o.CreateAutomation(o.ctx, o.operator, draft(empty), false)
	o.must(err)
	_, err = o.ActivateAutomation(o.ctx, o.operator, saved.Automation.ID, 0)
	o.refused(err, rekey.CodeInvalid, "job_params.recipients", "job_params.subject", "job_params.text")
	_, err = o.UpdateAutomation(o.ctx, o.operator, saved.Automation.ID, 0, func(a *rekey.Automation) error {
		tells(o.member.ID)(a)
		return nil
	})
	o.must(err)
	_, err = o.ActivateAutomation(o.ctx, o.operator, saved.Automation.ID, 0)
	o.must(err)
}

// Runs that are on record, or under way, are of the job that they began with.
func TestJobStaysOnceEventsCouldStartRuns(t *testing.T) {
	t.Parallel()
	o := setup(t)
	change := func(a *rekey.Automation) error {
		tells(o.member.ID)(a)
		return o.ctx.Err()
	}
	saved, err := o.CreateAutomation(o.ctx, o.operator, draft(), true)
	o.must(err)
	for range 2 {
		o.unchanged(func() {
			_, err := o.UpdateAutomation(o.ctx, o.operator, saved.Automation.ID, 0, change)
			o.refused(err, rekey.CodeInvalid, "job_type")
		})
		_, err = o.DeactivateAutomation(o.ctx, o.operator, saved.Automation.ID, 0)
		o.must(err)
	}
	fresh, err := o.CreateAutomation(o.ctx, o.operator, draft(func(a *rekey.Automation) { a.Name = "Fresh" }), false)
	o.must(err)
	_, err = o.UpdateAutomation(o.ctx, o.operator, fresh.Automation.ID, 0, change)
	o.must(err)
}

func TestJobThatIsNotOfferedCannotBeSaved(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, active := range []bool{false, true} {
		_, err := o.CreateAutomation(o.ctx, o.root, draft(func(a *rekey.Automation) { a.JobType, a.JobParams = "send_new_password_to_contact", nil }), active)
		o.refused(err, rekey.CodeInvalid, "job_type")
	}
}

// Who may not view somebody does not see their address on a message to them.
func TestMessageDoesNotShowWhomOneMayNotView(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d := rekey.Delivery{ID: newID(), RunID: newID(), Subject: o.root.AddressKey, Number: 1, Batch: 1, State: rekey.DeliverySkipped, Reason: rekey.ReasonBlocked, UpdatedAt: o.now()}
	a := o.automation(o.root, tells(o.root.ID))
	e := rekey.Event{ID: newID(), Type: rekey.UserCreated, Source: "rekey", SourceID: newID(), Digest: []byte("digest"), Time: o.now(), Received: o.now()}
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		if _, _, err := tx.InsertEvent(o.ctx, e); err != nil {
			return err
		}
		if err := tx.InsertRun(o.ctx, rekey.Run{ID: d.RunID, AutomationID: a.ID, EventID: e.ID, JobType: rekey.NotifyAddress, State: rekey.RunFinished, DueAt: o.now(), CreatedAt: o.now()}); err != nil {
			return err
		}
		return tx.Plan(o.ctx, []rekey.Delivery{d})
	}))
	for _, reader := range []rekey.SystemUser{o.operator, o.root} {
		sees := reader.ID == o.root.ID
		listed, err := o.Deliveries(o.ctx, reader, rekey.DeliveryQuery{RunID: d.RunID}, admin.Place{})
		o.must(err)
		one, err := o.Delivery(o.ctx, reader, d.ID)
		o.must(err)
		for _, got := range append(listed.Entries, one) {
			if (got.Subject == o.root.AddressKey) != sees || got.Subject == "" {
				t.Errorf("a %s sees %q", reader.Role, got.Subject)
			}
		}
		if len(listed.Entries) != 1 {
			t.Errorf("%d are listed", len(listed.Entries))
		}
	}
}
