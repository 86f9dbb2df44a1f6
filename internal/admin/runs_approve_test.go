package admin_test

import (
	"errors"
	"strconv"
	"testing"

	"rekey"
)

// held makes a run that would reach two people with a ceiling of one.
func (o *office) held(owner rekey.SystemUser) rekey.Run {
	o.t.Helper()
	a := o.automation(owner, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, Ceiling: 1})
	})
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID, o.person(rekey.RoleMember).ID}})
	run := o.runs(a.ID)[0]
	o.must(o.engine.Execute(o.ctx, run.ID))
	if run = o.runs(a.ID)[0]; !run.Held() {
		o.t.Fatalf("the run is %s, %s", run.State, run.Reason)
	}
	return run
}

func TestSomebodyElseApprovesTheNumberTheySaw(t *testing.T) {
	t.Parallel()
	o := setup(t)
	run := o.held(o.operator)
	peer := o.person(rekey.RoleOperator)
	o.unchanged(func() {
		o.refused(o.MayApproveRun(o.ctx, o.operator, run.ID), rekey.CodeForbidden)
		_, err := o.ApproveRun(o.ctx, o.operator, run.ID, 2)
		o.refused(err, rekey.CodeForbidden) // the owner
		_, err = o.ApproveRun(o.ctx, o.member, run.ID, 2)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.ApproveRun(o.ctx, peer, run.ID, 3)
		o.refused(err, rekey.CodeConflict)
		var e *rekey.Error
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != "count" {
			t.Errorf("the wrong number is refused with %v", err)
		}
	})
	o.must(o.MayApproveRun(o.ctx, peer, run.ID))
	view, err := o.ApproveRun(o.ctx, peer, run.ID, 2)
	if err != nil || view.State != rekey.RunPlanning || view.ApprovedBy != peer.ID {
		t.Errorf("it is %+v (%v)", view.Run, err)
	}
	_, err = o.ApproveRun(o.ctx, peer, run.ID, 2)
	o.refused(err, rekey.CodeConflict)
}

// Who wrote an automation cannot give it away, and then approve its run as somebody
// else.
func TestNobodyApprovesWhatTheyWroteAndGaveAway(t *testing.T) {
	t.Parallel()
	o := setup(t)
	run := o.held(o.operator)
	heir, peer := o.person(rekey.RoleOperator), o.person(rekey.RoleOperator)
	_, err := o.TransferAutomation(o.ctx, o.operator, run.AutomationID, 0, heir.ID)
	o.must(err)
	o.unchanged(func() {
		for _, own := range []rekey.SystemUser{o.operator, heir} {
			o.refused(o.MayApproveRun(o.ctx, own, run.ID), rekey.CodeForbidden)
			_, err := o.ApproveRun(o.ctx, own, run.ID, 2)
			o.refused(err, rekey.CodeForbidden)
			_, err = o.ApproveHeldRuns(o.ctx, own, run.AutomationID, 2, o.now())
			o.refused(err, rekey.CodeForbidden)
		}
	})
	_, err = o.ApproveRun(o.ctx, peer, run.ID, 2)
	o.must(err)
}

func TestNobodyBelowTheOwnerApproves(t *testing.T) {
	t.Parallel()
	o := setup(t)
	run := o.held(o.manager)
	o.unchanged(func() {
		_, err := o.ApproveRun(o.ctx, o.operator, run.ID, 2)
		o.refused(err, rekey.CodeForbidden)
	})
}

func TestRunIsNotApprovedOfAnAutomationThatWasChangedSince(t *testing.T) {
	t.Parallel()
	o := setup(t)
	run := o.held(o.root)
	_, err := o.UpdateAutomation(o.ctx, o.root, run.AutomationID, 0, func(a *rekey.Automation) error {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, Ceiling: 1, OldPassword: rekey.RevokeAtOnce})
		return nil
	})
	o.must(err)
	_, err = o.ApproveRun(o.ctx, o.root, run.ID, 2)
	o.refused(err, rekey.CodeConflict)
}

func TestAdministratorApprovesTheirOwnRun(t *testing.T) {
	t.Parallel()
	o := setup(t)
	run := o.held(o.root)
	_, err := o.ApproveRun(o.ctx, o.root, run.ID, 2)
	o.must(err)
}

func TestHeldRunIsCancelledWithItsList(t *testing.T) {
	t.Parallel()
	o := setup(t)
	run := o.held(o.operator)
	view, err := o.CancelRun(o.ctx, o.operator, run.ID)
	o.must(err)
	if view.State != rekey.RunCancelled || len(view.Tallies) != 1 || view.Tallies[0].State != rekey.DeliveryCancelled || view.Tallies[0].Count != 2 {
		t.Errorf("it is %+v", view)
	}
}

func TestEverybodyNeedsASelectionAndAnEventThatNamesNobody(t *testing.T) {
	t.Parallel()
	o := setup(t)
	everybody := params(rekey.SendParams{EverybodyInSelection: true})
	for name, test := range map[string]struct {
		change func(*rekey.Automation)
		field  string
	}{
		"no selection":   {func(a *rekey.Automation) { a.SelectionID = "" }, "selection_id"},
		"names somebody": {func(a *rekey.Automation) { a.EventType, a.EventFilter = rekey.UserLocked, rekey.EventFilter{} }, "job_params.everybody_in_selection"},
		"two targets": {func(a *rekey.Automation) {
			a.JobParams = params(rekey.SendParams{EverybodyInSelection: true, UseEventParameter: true})
		}, "job_params.system_user"},
		"ceiling of zero": {func(a *rekey.Automation) { a.JobParams = []byte(`{"everybody_in_selection": true, "ceiling": 0}`) }, "job_params.ceiling"},
		"ceiling too high": {func(a *rekey.Automation) {
			a.JobParams = params(rekey.SendParams{EverybodyInSelection: true, Ceiling: 10_000_001})
		}, "job_params.ceiling"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := rekey.Automation{Name: name, EventType: rekey.External, JobType: rekey.SendNewPassword, JobParams: everybody, SelectionID: o.builtInSelection()}
			test.change(&a)
			_, err := o.CreateAutomation(o.ctx, o.manager, a, true)
			var e *rekey.Error
			if !errors.As(err, &e) || e.Code != rekey.CodeInvalid || len(e.Fields) == 0 || e.Fields[len(e.Fields)-1].Field != test.field && e.Fields[0].Field != test.field {
				t.Errorf("got %v", err)
			}
		})
	}
	_, err := o.CreateAutomation(o.ctx, o.manager, rekey.Automation{Name: "Fine", EventType: rekey.External, JobType: rekey.SendNewPassword,
		JobParams: everybody, SelectionID: o.builtInSelection()}, true)
	o.must(err)
}

func TestOnlyAManagerSavesACeilingAboveAThousand(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := rekey.Automation{Name: "Many", EventType: rekey.External, JobType: rekey.SendNewPassword, SelectionID: o.builtInSelection()}
	for ceiling, actor := range map[int]rekey.SystemUser{1_000: o.operator, 1_001: o.manager} {
		a.Name, a.JobParams = strconv.Itoa(ceiling), params(rekey.SendParams{UseEventParameter: true, Ceiling: ceiling})
		_, err := o.CreateAutomation(o.ctx, actor, a, false)
		o.must(err)
	}
	a.Name, a.JobParams = "More", params(rekey.SendParams{UseEventParameter: true, Ceiling: 1_001})
	_, err := o.CreateAutomation(o.ctx, o.operator, a, false)
	var e *rekey.Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != "job_params.ceiling" {
		t.Errorf("got %v", err)
	}
}

func (o *office) builtInSelection() string {
	o.t.Helper()
	s, err := o.db.BuiltInSelection(o.ctx, rekey.AllExceptAPI)
	o.must(err)
	return s.ID
}

func TestPreviewOfEverybodyLooksAtEverybody(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p, err := o.PreviewAutomation(o.ctx, o.manager, rekey.Automation{EventType: rekey.External, JobType: rekey.SendNewPassword,
		JobParams: params(rekey.SendParams{EverybodyInSelection: true}), SelectionID: o.builtInSelection()}, nil)
	o.must(err)
	if len(p.Reached) != 2 { // the member and the operator
		t.Errorf("it reaches %d", len(p.Reached))
	}
}
