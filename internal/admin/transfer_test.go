package admin_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

func blocked(u *rekey.SystemUser) { u.Status = rekey.UserBlocked }

func TestWhatABlockedOwnerLeavesGoesOnWithAnotherOwner(t *testing.T) {
	t.Parallel()
	o := setup(t)
	heir := o.person(rekey.RoleOperator)
	a := o.automation(o.operator, external)
	above := o.held(o.operator)
	_, err := o.BlockUser(o.ctx, o.root, o.operator.ID, 0)
	o.must(err)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	run := o.runs(a.ID)[0]
	if run.State != rekey.RunHeld || run.Reason != rekey.ReasonOwnerBlocked {
		t.Fatalf("the run is %s, %s", run.State, run.Reason)
	}
	stopped, err := o.Automation(o.ctx, o.root, a.ID)
	o.must(err)
	if got := stopped.StatusAt(o.now()); got != rekey.AutomationStopped {
		t.Errorf("the automation is shown as %s", got)
	}
	for status, want := range map[rekey.AutomationStatus]int{rekey.AutomationActive: 0, rekey.AutomationStopped: 2} {
		list, err := entries(o.Automations(o.ctx, o.root, rekey.AutomationQuery{OwnerID: o.operator.ID, Status: status}, admin.Place{}))
		if err != nil || len(list) != want {
			t.Errorf("%d automations are listed as %s (%v), want %d", len(list), status, err, want)
		}
	}
	overview, err := o.Overview(o.ctx, o.root, time.UTC)
	if err != nil || overview.Held.N != 1 || overview.Stopped.N != 2 {
		t.Errorf("the overview counts %d runs for approval and %d stopped (%v)", overview.Held.N, overview.Stopped.N, err)
	}
	saved, err := o.TransferAutomation(o.ctx, o.manager, a.ID, stopped.Version, heir.Address)
	if err != nil || saved.Automation.OwnerID != heir.ID || saved.Automation.Version != stopped.Version+1 || saved.Automation.StatusAt(o.now()) != rekey.AutomationActive {
		t.Fatalf("it was transferred as %+v (%v)", saved.Automation, err)
	}
	if run = o.runs(a.ID)[0]; run.State != rekey.RunSending {
		t.Errorf("after the transfer the run is %s, %s", run.State, run.Reason)
	}
	if _, err := o.HandOn(o.ctx, o.manager, o.operator.ID, heir.ID); err != nil {
		t.Fatal(err)
	}
	if _, err = o.ApproveRun(o.ctx, o.manager, above.ID, 2); err != nil {
		t.Errorf("a run that waited for approval cannot be approved after the transfer: %v", err)
	}
}

func TestRunsGoOnWhenTheirOwnerIsBack(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.operator, external)
	_, err := o.BlockUser(o.ctx, o.root, o.operator.ID, 0)
	o.must(err)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	o.runs(a.ID)
	_, err = o.RestoreUser(o.ctx, o.root, o.operator.ID, 0)
	o.must(err)
	if run := o.runs(a.ID)[0]; run.State != rekey.RunSending {
		t.Errorf("the run is %s, %s", run.State, run.Reason)
	}
}

func TestOnlyWhoMayOwnItIsGivenAnAutomationByWhoMayChangeIt(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.operator, external)
	above := o.automation(o.manager, external)
	sel := o.selection(o.operator, "true")
	peer, gone := o.person(rekey.RoleOperator), o.person(rekey.RoleOperator, blocked)
	o.unchanged(func() {
		for name, to := range map[string]string{
			"a member": o.member.ID, "somebody blocked": gone.ID,
			"nobody": "nobody@example.org", "no name": "", "somebody of a higher rank": o.root.ID,
		} {
			t.Log(name)
			_, err := o.TransferAutomation(o.ctx, o.manager, a.ID, 0, to)
			o.refused(err, rekey.CodeInvalid, "owner")
			_, err = o.TransferSelection(o.ctx, o.manager, sel.ID, 0, to)
			o.refused(err, rekey.CodeInvalid, "owner")
			_, err = o.HandOn(o.ctx, o.manager, o.operator.ID, to)
			o.refused(err, rekey.CodeInvalid, "owner")
		}
		_, err := o.TransferAutomation(o.ctx, peer, above.ID, 0, peer.ID) // of a higher rank
		o.refused(err, rekey.CodeForbidden)
		_, err = o.HandOn(o.ctx, o.operator, o.manager.ID, peer.ID)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.TransferAutomation(o.ctx, o.manager, a.ID, a.Version+1, peer.ID)
		o.refused(err, rekey.CodeStale)
		builtIn, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInReset)
		o.must(err)
		_, err = o.TransferAutomation(o.ctx, o.root, builtIn.ID, 0, peer.ID)
		o.refused(err, rekey.CodeConflict)
	})
}

func TestAllIsHandedOnOrNothing(t *testing.T) {
	t.Parallel()
	o := setup(t)
	heir := o.person(rekey.RoleOperator)
	sel := o.selection(o.operator, "true")
	o.automation(o.operator, external)
	used := o.automation(o.manager, external, func(a *rekey.Automation) { a.SelectionID = sel.ID })
	o.unchanged(func() { // the new owner could not change what the manager's automation uses
		_, err := o.HandOn(o.ctx, o.root, o.operator.ID, heir.ID)
		o.refused(err, rekey.CodeInvalid, "owner")
		o.refused(o.DeleteUserAndHandOn(o.ctx, o.root, o.operator.ID, 0, heir.ID), rekey.CodeInvalid, "owner")
		o.refused(o.DeleteUser(o.ctx, o.root, o.operator.ID, 0), rekey.CodeConflict)
	})
	_, err := o.DeleteAutomation(o.ctx, o.manager, used.ID, 0)
	o.must(err)
	u, err := o.BlockUserAndHandOn(o.ctx, o.root, o.operator.ID, 0, heir.ID)
	if err != nil || u.Status != rekey.UserBlocked {
		t.Fatalf("%+v (%v)", u, err)
	}
	held, err := o.Holdings(o.ctx, o.root, heir.ID)
	if err != nil || len(held.Automations) != 1 || len(held.Selections) != 1 {
		t.Errorf("the new owner has %+v (%v)", held, err)
	}
	o.must(o.DeleteUserAndHandOn(o.ctx, o.root, heir.ID, 0, o.manager.ID))
	if held, err = o.Holdings(o.ctx, o.root, o.manager.ID); err != nil || len(held.Automations) != 1 || len(held.Selections) != 1 {
		t.Errorf("the manager has %+v (%v)", held, err)
	}
}

func TestPreviewOfATransferActsWithTheNewOwnersAuthority(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external, func(a *rekey.Automation) { a.JobParams = params(rekey.SendParams{SystemUser: o.manager.ID}) })
	// One warning is about the job: it always sends to one person.
	p, err := o.PreviewTransfer(o.ctx, o.root, a.ID, o.root.ID, nil)
	if err != nil || len(p.Reached) != 1 || len(p.Warnings) != 1 {
		t.Fatalf("with an Administrator: %+v (%v)", p, err)
	}
	p, err = o.PreviewTransfer(o.ctx, o.root, a.ID, o.person(rekey.RoleManager).ID, nil)
	if err != nil || len(p.Reached) != 0 || len(p.Skipped) != 1 || p.Skipped[0].Reason != rekey.ReasonNotOwners || len(p.Warnings) != 2 {
		t.Errorf("with a Manager: %+v (%v)", p, err)
	}
	_, err = o.PreviewTransfer(o.ctx, o.manager, a.ID, o.manager.ID, nil)
	o.refused(err, rekey.CodeForbidden)
}

func TestAllHeldRunsAreApprovedByTheNumberThatWasSeen(t *testing.T) {
	t.Parallel()
	o := setup(t)
	peer := o.person(rekey.RoleOperator)
	first := o.held(o.operator)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID, o.person(rekey.RoleMember).ID}})
	o.runs(first.AutomationID)
	seen, err := o.HeldRuns(o.ctx, peer, first.AutomationID)
	if err != nil || seen.Runs != 2 || seen.People != 4 {
		t.Fatalf("held are %+v (%v)", seen, err)
	}
	o.mu.Lock()
	o.at = o.at.Add(time.Second)
	o.mu.Unlock()
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID, o.person(rekey.RoleMember).ID}})
	if late := o.runs(first.AutomationID)[0]; late.State != rekey.RunHeld || late.Detail != "2 people, ceiling 1" {
		t.Fatalf("the third run is %+v", late)
	}
	o.unchanged(func() {
		_, err := o.ApproveHeldRuns(o.ctx, o.operator, first.AutomationID, 4, seen.Until)
		o.refused(err, rekey.CodeForbidden) // the owner
		_, err = o.ApproveHeldRuns(o.ctx, peer, first.AutomationID, 6, seen.Until)
		o.refused(err, rekey.CodeConflict, "count")
		_, err = o.ApproveHeldRuns(o.ctx, peer, first.AutomationID, 4, time.Time{}) // there are three by now
		o.refused(err, rekey.CodeConflict, "count")
		_, err = o.CancelHeldRuns(o.ctx, o.member, first.AutomationID, seen.Until)
		o.refused(err, rekey.CodeForbidden)
	})
	approved, err := o.ApproveHeldRuns(o.ctx, peer, first.AutomationID, 4, seen.Until)
	if err != nil || approved.Runs != 2 {
		t.Fatalf("approved %+v (%v)", approved, err)
	}
	runs := o.runs(first.AutomationID)
	if runs[0].State != rekey.RunHeld || runs[1].ApprovedBy != peer.ID || runs[2].ApprovedBy != peer.ID || runs[1].State == rekey.RunHeld {
		t.Errorf("the runs are %s, %s, %s", runs[0].State, runs[1].State, runs[2].State)
	}
	if n, err := o.CancelHeldRuns(o.ctx, o.operator, first.AutomationID, time.Time{}); err != nil || n != 1 {
		t.Errorf("%d were cancelled (%v)", n, err)
	}
	if run := o.runs(first.AutomationID)[0]; run.State != rekey.RunCancelled || run.Reason != rekey.ReasonCancelledByHand {
		t.Errorf("the third run is %s, %s", run.State, run.Reason)
	}
}
