package admin_test

import (
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestTrialIsStartedByWhoMayActivate(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager)
	incomplete, err := o.CreateAutomation(o.ctx, o.manager, draft(untargeted), false)
	o.must(err)
	o.unchanged(func() {
		_, err := o.TryAutomation(o.ctx, o.operator, a.ID, 0)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.TryAutomation(o.ctx, o.manager, a.ID, a.Version+1)
		o.refused(err, rekey.CodeStale)
		_, err = o.TryAutomation(o.ctx, o.manager, incomplete.Automation.ID, 0)
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
	})
	saved, err := o.TryAutomation(o.ctx, o.manager, a.ID, a.Version)
	o.must(err)
	if saved.Automation.Status != rekey.AutomationTrial || saved.Automation.StatusAt(o.now()) != rekey.AutomationTrial {
		t.Errorf("it is %s", saved.Automation.Status)
	}
	again, err := o.TryAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	if again.Automation.Version != saved.Automation.Version {
		t.Error("a second trial is a change")
	}
	o.unchanged(func() { // in trial it must stay valid, as an active one
		_, err := o.UpdateAutomation(o.ctx, o.manager, a.ID, 0, func(a *rekey.Automation) error {
			a.JobParams = params(rekey.SendParams{})
			return nil
		})
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
	})
}

func TestWaitingRunsStayWhenATrialBeginsAndAreCancelledWhenItIsDeactivated(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Days, Value: 2} })
	o.newcomers("a@example.org")
	tried, err := o.TryAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	o.newcomers("b@example.org")
	if n, err := o.CountWaiting(o.ctx, o.manager, a.ID); n != 2 || err != nil || tried.Cancelled != 0 {
		t.Errorf("%d wait, %v", n, err)
	}
	saved, err := o.DeactivateAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	if saved.Cancelled != 2 || saved.Automation.Status != rekey.AutomationInactive {
		t.Errorf("%d cancelled, and it is %s", saved.Cancelled, saved.Automation.Status)
	}
}

// newcomers creates system users, which the automations of these tests wait for.
func (o *office) newcomers(addresses ...string) {
	o.t.Helper()
	for _, address := range addresses {
		_, err := o.CreateUser(o.ctx, o.root, newcomer(func(u *rekey.SystemUser) { u.Address = address }))
		o.must(err)
	}
}

// execute executes the runs of an automation.
func (o *office) execute(a rekey.Automation) {
	o.t.Helper()
	for _, run := range o.runs(a.ID) {
		o.must(o.engine.Execute(o.ctx, run.ID))
	}
}

func TestSummaryOfATrialSaysWhatItWouldHaveDone(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager)
	o.newcomers("real@example.org")
	o.execute(a)
	_, err := o.TryAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	if sum, err := o.TrialSummary(o.ctx, o.manager, a.ID); err != nil || sum.Runs != 0 || sum.First != nil {
		t.Errorf("before the first trial there is %+v, %v", sum, err)
	}
	o.newcomers("a@example.org", "b@example.org")
	_, err = o.CreateUser(o.ctx, o.root, newcomer(func(u *rekey.SystemUser) { u.Address, u.Type = "api@example.org", rekey.TypeAPI }))
	o.must(err)
	o.execute(a)
	_, err = o.TrialSummary(o.ctx, o.member, a.ID)
	o.refused(err, rekey.CodeForbidden)
	sum, err := o.TrialSummary(o.ctx, o.manager, a.ID)
	o.must(err)
	counts := map[rekey.DeliveryState]int64{}
	for _, tally := range sum.Tallies {
		counts[tally.State] += tally.Count
	}
	if sum.Runs != 3 || sum.More || sum.Open != 0 || counts[rekey.DeliveryWouldBeSent] != 2 || counts[rekey.DeliverySkipped] != 1 || len(counts) != 2 {
		t.Errorf("the trial says %+v", sum)
	}
	figures, err := o.AutomationFigures(o.ctx, o.manager, []string{a.ID})
	o.must(err)
	if month := figures[a.ID].Month; month.Skipped != 0 {
		t.Errorf("the figures count a trial: %+v", month)
	}
}

func TestNobodyIsSentAPasswordByHandWhileThatIsInTrial(t *testing.T) {
	t.Parallel()
	o := setup(t)
	list, err := entries(o.Automations(o.ctx, o.root, rekey.AutomationQuery{}, admin.Place{}))
	o.must(err)
	for _, a := range list {
		if a.BuiltIn == admin.BuiltInSend {
			_, err := o.TryAutomation(o.ctx, o.root, a.ID, 0)
			o.must(err)
		}
	}
	o.unchanged(func() {
		_, err := o.SendPassword(o.ctx, o.root, o.member.ID)
		o.refused(err, rekey.CodeConflict)
	})
}

func TestPreviewOfATestEventNamesAutomationsInTrialLast(t *testing.T) {
	t.Parallel()
	o := setup(t)
	tried := o.automation(o.root, external)
	_, err := o.TryAutomation(o.ctx, o.root, tried.ID, 0)
	o.must(err)
	active := o.automation(o.root, external)
	preview, err := o.PreviewTestEvent(o.ctx, o.root, admin.TestEvent{Name: "leak", Users: []string{o.member.ID}})
	o.must(err)
	if m := preview.Matches; len(m) != 2 || m[0].Automation.ID != active.ID || m[1].Automation.ID != tried.ID {
		t.Errorf("it matches %+v", m)
	}
}
