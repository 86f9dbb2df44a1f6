package admin_test

import (
	"testing"

	"rekey"
)

func TestARunIsUndoneByWhoeverMayCancelItAndOnlyOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	run := o.runs(a.ID)[0]
	o.unchanged(func() {
		_, err := o.UndoRun(o.ctx, o.member, run.ID)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.UndoRun(o.ctx, o.operator, run.ID)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.PreviewUndo(o.ctx, o.operator, run.ID)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.PreviewUndo(o.ctx, o.manager, run.ID)
		o.must(err)
	})
	first, err := o.UndoRun(o.ctx, o.manager, run.ID)
	o.must(err)
	if first.State != rekey.RunCancelled || first.Reason != rekey.ReasonUndone || first.UndoneBy != o.manager.ID {
		t.Errorf("it is %s, %s, by %s", first.State, first.Reason, first.UndoneBy)
	}
	o.unchanged(func() {
		again, err := o.UndoRun(o.ctx, o.root, run.ID)
		o.must(err)
		if again.UndoneBy != o.manager.ID || !again.UndoneAt.Equal(first.UndoneAt) {
			t.Errorf("the second undo answers with %s at %s", again.UndoneBy, again.UndoneAt)
		}
		_, err = o.PreviewUndo(o.ctx, o.root, run.ID)
		o.refused(err, rekey.CodeConflict)
	})
}

func TestAnEndedRunThatHasNothingToUndoIsRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	run := o.runs(a.ID)[0]
	_, err := o.CancelRun(o.ctx, o.manager, run.ID)
	o.must(err)
	o.unchanged(func() {
		_, err := o.UndoRun(o.ctx, o.manager, run.ID)
		o.refused(err, rekey.CodeConflict)
	})
}

func TestATrialIsNotUndone(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, external)
	_, err := o.TryAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	o.happen(rekey.Event{Type: rekey.External, Name: "siem.leak", Users: []string{o.member.ID}})
	run := o.runs(a.ID)[0]
	if !run.Trial {
		t.Fatalf("got %+v", run)
	}
	o.unchanged(func() {
		_, err := o.UndoRun(o.ctx, o.manager, run.ID)
		o.refused(err, rekey.CodeConflict)
	})
}
