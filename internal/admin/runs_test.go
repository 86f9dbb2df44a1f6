package admin_test

import (
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

// happen stores an event that an integration posts, and returns it.
func (o *office) happen(e rekey.Event) rekey.Event {
	o.t.Helper()
	e.Source, e.SourceID, e.Time, e.Received = "/siem", newID(), o.now(), o.now()
	e.Digest = []byte(e.SourceID)
	receipts, err := o.engine.AcceptEvents(o.ctx, []rekey.Event{e}, rekey.Authority{})
	o.must(err)
	return receipts[0].Event
}

func external(a *rekey.Automation) { a.EventType = rekey.External }

func TestEventsAndRunsHideThoseAbove(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external)
	e := o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{strings.ToUpper(o.root.Address), o.member.ID, "ghost@example.org"},
		Data: []byte(`{"system_users": []}`), PostedBy: o.member.ID})
	runs := o.runs(a.ID)
	for _, c := range []struct {
		actor        rekey.SystemUser
		users, shown int
	}{{o.operator, 2, 2}, {o.root, 3, 3}} {
		event, err := o.Event(o.ctx, c.actor, e.ID)
		o.must(err)
		if len(event.Users) != c.users || event.Hidden != 3-c.users || (event.Data == nil) != (event.Hidden > 0) {
			t.Errorf("a %s is shown the event as %+v", c.actor.Role, event)
		}
		run, err := o.Run(o.ctx, c.actor, runs[0].ID)
		o.must(err)
		var tallied int64
		for _, tally := range run.Tallies {
			tallied += tally.Count
		}
		if tallied != int64(c.shown) || run.Hidden != int64(3-c.shown) || run.Automation != a.Name {
			t.Errorf("a %s is shown the run as %+v", c.actor.Role, run)
		}
		deliveries, err := entries(o.Deliveries(o.ctx, c.actor, rekey.DeliveryQuery{RunID: runs[0].ID, MaxRank: 3}, admin.Place{}))
		o.must(err)
		if len(deliveries) != c.shown {
			t.Errorf("a %s is shown %d deliveries, want %d", c.actor.Role, len(deliveries), c.shown)
		}
	}
	own, err := o.Event(o.ctx, o.member, e.ID)
	if err != nil || own.Hidden != 1 {
		t.Errorf("whoever posted it is shown %+v (%v)", own, err)
	}
	_, err = o.Event(o.ctx, o.person(rekey.RoleMember), e.ID)
	o.refused(err, rekey.CodeForbidden)
	_, err = entries(o.Runs(o.ctx, o.member, rekey.RunQuery{}, admin.Place{}))
	o.refused(err, rekey.CodeForbidden)
	events, err := entries(o.Events(o.ctx, o.operator, rekey.External, admin.Place{}))
	if err != nil || len(events) != 1 || events[0].Hidden != 1 {
		t.Errorf("the list is %+v (%v)", events, err)
	}
}

func TestDeliveryOfSomebodyAboveIsNotThere(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d := o.mailed(o.manager)
	_, err := o.Delivery(o.ctx, o.operator, d.ID)
	o.refused(err, rekey.CodeNotFound)
	_, err = o.RetryDelivery(o.ctx, o.operator, d.ID)
	o.refused(err, rekey.CodeNotFound)
	shown, err := o.Delivery(o.ctx, o.manager, d.ID)
	o.must(err)
	if shown.Verifier != "" || shown.Sealed != nil || shown.Claim != "" || shown.State != rekey.DeliveryIssued {
		t.Errorf("shown is %+v", shown)
	}
	list, err := entries(o.Deliveries(o.ctx, o.root, rekey.DeliveryQuery{UserID: o.manager.ID}, admin.Place{}))
	o.must(err)
	if len(list) != 1 || list[0].Verifier != "" || list[0].Sealed != nil {
		t.Errorf("listed is %+v", list)
	}
}

func TestCancelledRunTouchesNobody(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	waiting, err := entries(o.Runs(o.ctx, o.manager, rekey.RunQuery{AutomationID: a.ID}, admin.Place{}))
	o.must(err)
	run, err := o.CancelRun(o.ctx, o.manager, waiting[0].ID)
	o.must(err)
	if run.State != rekey.RunCancelled || run.Reason != rekey.ReasonCancelledByHand {
		t.Errorf("it is %s, %s", run.State, run.Reason)
	}
	if after := o.runs(a.ID); after[0].State != rekey.RunCancelled {
		t.Errorf("it went on as %s", after[0].State)
	}
	o.unchanged(func() {
		_, err := o.CancelRun(o.ctx, o.manager, run.ID)
		o.refused(err, rekey.CodeConflict)
	})
}

func TestWhoAskedMayCancelAndNobodyBelowAdministratorElse(t *testing.T) {
	t.Parallel()
	o := setup(t)
	sent, err := o.SendPassword(o.ctx, o.operator, o.member.ID)
	o.must(err)
	o.unchanged(func() {
		_, err := o.CancelRun(o.ctx, o.manager, sent.Runs[0].ID)
		o.refused(err, rekey.CodeForbidden)
	})
	_, err = o.CancelRun(o.ctx, o.operator, sent.Runs[0].ID)
	o.must(err)
}

func TestRetryGoesThroughAllChecksAgain(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external)
	_, err := o.BlockUser(o.ctx, o.root, o.member.ID, 0)
	o.must(err)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	run := o.runs(a.ID)[0]
	list, err := entries(o.Deliveries(o.ctx, o.manager, rekey.DeliveryQuery{RunID: run.ID}, admin.Place{}))
	o.must(err)
	o.unchanged(func() {
		_, err := o.RetryDelivery(o.ctx, o.operator, list[0].ID)
		o.refused(err, rekey.CodeForbidden)
	})
	again, err := o.RetryDelivery(o.ctx, o.manager, list[0].ID)
	if err != nil || again.State != rekey.DeliverySkipped || again.Number != 2 {
		t.Errorf("for a blocked user it is %s, number %d (%v)", again.State, again.Number, err)
	}
	_, err = o.RestoreUser(o.ctx, o.root, o.member.ID, 0)
	o.must(err)
	again, err = o.RetryDelivery(o.ctx, o.manager, list[0].ID)
	if err != nil || again.State != rekey.DeliveryQueued || again.Number != 3 {
		t.Errorf("for a restored user it is %s, number %d (%v)", again.State, again.Number, err)
	}
	_, err = o.RetryDelivery(o.ctx, o.manager, again.ID)
	o.refused(err, rekey.CodeConflict) // it is on its way
}

func TestWhoMayManageARunIsToldBeforehand(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak"})
	run := o.runs(a.ID)[0]
	o.must(o.MayManageRun(o.ctx, o.manager, run.ID))
	o.must(o.MayManageRun(o.ctx, o.root, run.ID))
	o.refused(o.MayManageRun(o.ctx, o.operator, run.ID), rekey.CodeForbidden)
	o.refused(o.MayManageRun(o.ctx, o.member, run.ID), rekey.CodeForbidden)
}

func TestRunsOfADeletedAutomationAreAdministratorsBusiness(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true})
	})
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	run := o.runs(a.ID)[0]
	_, err := o.DeleteAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	_, err = o.CancelRun(o.ctx, o.manager, run.ID)
	o.refused(err, rekey.CodeForbidden)
	view, err := o.CancelRun(o.ctx, o.root, run.ID)
	if err != nil || view.State != rekey.RunCancelled || view.Automation != "" {
		t.Errorf("got %+v (%v)", view, err)
	}
}

// A request for an unknown address starts a run, too, so that the answer tells
// nothing. The run ends at once.
func TestRunForNobodyEndsAtOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInReset)
	o.must(err)
	o.happen(rekey.Event{Type: rekey.PasswordResetRequested})
	if runs := o.runs(a.ID); len(runs) != 1 || runs[0].State != rekey.RunFinished || runs[0].Reason != "" {
		t.Errorf("the runs are %+v", runs)
	}
}
