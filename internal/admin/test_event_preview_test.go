package admin_test

import (
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestPreviewOfATestEventSaysWhatPostingItDoes(t *testing.T) {
	t.Parallel()
	o := setup(t)
	named := o.automation(o.root, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true})
	})
	o.automation(o.root, external, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "other"}
	})
	event := admin.TestEvent{Name: "leak", Users: []string{o.member.Address, o.manager.ID, o.operator.ID}}
	var preview admin.TestEventPreview
	o.unchanged(func() {
		var err error
		preview, err = o.PreviewTestEvent(o.ctx, o.manager, event)
		o.must(err)
	})
	if len(preview.Matches) != 1 || preview.Matches[0].Automation.ID != named.ID || len(preview.Problems) != 0 {
		t.Fatalf("got %+v", preview)
	}
	match := preview.Matches[0].Preview
	if len(match.Reached) != 2 || len(match.Skipped) != 1 || match.Skipped[0].User.ID != o.manager.ID || match.Skipped[0].Reason != rekey.ReasonNotPosters {
		t.Errorf("it reaches %+v and skips %+v", match.Reached, match.Skipped)
	}
	posted, err := o.PostTestEvent(o.ctx, o.manager, event)
	o.must(err)
	if len(posted.Runs) != 1 || posted.Runs[0].AutomationID != named.ID || !posted.Runs[0].DueAt.Equal(match.DueAt) {
		t.Fatalf("it has started %+v", posted.Runs)
	}
	o.runs(named.ID)
	list, err := entries(o.Deliveries(o.ctx, o.root, rekey.DeliveryQuery{RunID: posted.Runs[0].ID, States: []rekey.DeliveryState{rekey.DeliveryQueued}}, admin.Place{}))
	if err != nil || len(list) != len(match.Reached) {
		t.Errorf("posted, it reaches %+v (%v)", list, err)
	}
}

func TestPreviewOfATestEventThatNamesNobodyReachesNobodyByIt(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.automation(o.root, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true})
	})
	fixed := o.automation(o.root, external, target(o.member.ID))
	preview, err := o.PreviewTestEvent(o.ctx, o.root, admin.TestEvent{Name: "leak"})
	o.must(err)
	if len(preview.Matches) != 2 {
		t.Fatalf("got %+v", preview.Matches)
	}
	for _, match := range preview.Matches {
		want := 0
		if match.Automation.ID == fixed.ID {
			want = 1
		}
		if got := len(match.Preview.Reached); got != want || !match.Preview.Complete {
			t.Errorf("%s reaches %d, want %d", match.Automation.Name, got, want)
		}
	}
}

func TestPreviewOfATestEventSaysWhatIsWrongAndShowsNobodyAbove(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.automation(o.root, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true})
	})
	preview, err := o.PreviewTestEvent(o.ctx, o.operator, admin.TestEvent{Name: "leak", Users: []string{o.root.ID, "ghost@example.org", o.member.ID}})
	o.must(err)
	if len(preview.Problems) != 2 || len(preview.Matches) != 1 {
		t.Fatalf("got %+v", preview)
	}
	if p := preview.Matches[0].Preview; len(p.Reached) != 1 || len(p.Skipped) != 0 || p.Hidden != 0 {
		t.Errorf("got %+v", p)
	}
	preview, err = o.PreviewTestEvent(o.ctx, o.operator, admin.TestEvent{Name: "A\nleak"})
	if err != nil || len(preview.Problems) != 1 || len(preview.Matches) != 0 {
		t.Errorf("got %+v (%v)", preview, err)
	}
	_, err = o.PreviewTestEvent(o.ctx, o.member, admin.TestEvent{Name: "leak"})
	o.refused(err, rekey.CodeForbidden)
}

func TestAPageOfEventsAndWhatTheyHaveStarted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external)
	first := o.happen(rekey.Event{Type: rekey.External, Name: "leak"})
	second := o.happen(rekey.Event{Type: rekey.External, Name: "leak"})
	l, err := o.Events(o.ctx, o.operator, rekey.External, admin.Place{Limit: 1})
	o.must(err)
	if len(l.Entries) != 1 || l.Entries[0].ID != second.ID || l.Total.N != 2 || l.Previous != "" || l.Next != second.ID {
		t.Errorf("the first page is %+v", l)
	}
	l, err = o.Events(o.ctx, o.operator, rekey.External, admin.Place{After: l.Next, Limit: 1})
	o.must(err)
	if len(l.Entries) != 1 || l.Entries[0].ID != first.ID || l.Previous != first.ID || l.Next != "" {
		t.Errorf("the second page is %+v", l)
	}
	l, err = o.Events(o.ctx, o.operator, rekey.External, admin.Place{Before: l.Previous, Limit: 1})
	o.must(err)
	if len(l.Entries) != 1 || l.Entries[0].ID != second.ID || l.Previous != "" {
		t.Errorf("back again it is %+v", l)
	}
	started, err := o.StartedBy(o.ctx, o.operator, []string{first.ID, "none"})
	o.must(err)
	if len(started) != 1 || len(started[first.ID]) != 1 || started[first.ID][0].Automation != a.Name {
		t.Errorf("started are %+v", started)
	}
	_, err = o.Events(o.ctx, o.member, "", admin.Place{})
	o.refused(err, rekey.CodeForbidden)
	_, err = o.StartedBy(o.ctx, o.member, []string{first.ID})
	o.refused(err, rekey.CodeForbidden)
}
