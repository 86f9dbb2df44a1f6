package admin_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/engine"
	"rekey/internal/selection"
	"rekey/internal/store"
)

func TestIncompleteDraftSaysWhatIsMissingAndPreviewsWhatItCan(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for name, c := range map[string]struct {
		change    func(*rekey.Automation)
		problems  []string
		previewed bool
	}{
		"whole":     {func(*rekey.Automation) {}, nil, true},
		"no name":   {func(a *rekey.Automation) { a.Name = "" }, nil, true},
		"bad delay": {func(a *rekey.Automation) { a.Delay.Unit = "moons" }, []string{"delay.unit", "delay.value"}, true},
		"bad zone":  {func(a *rekey.Automation) { a.TimeZone = "Mars/Olympus" }, []string{"time_zone"}, true},
		"half a filter": {func(a *rekey.Automation) {
			external(a)
			a.EventFilter.Name = rekey.TextFilter{Operator: "matches", Value: "("}
		}, []string{"event_filter.name.value"}, true},
		"no event":          {func(a *rekey.Automation) { a.EventType = "" }, []string{"event_type"}, false},
		"no target":         {func(a *rekey.Automation) { a.JobParams = nil }, []string{"job_params.system_user"}, false},
		"nothing":           {func(a *rekey.Automation) { *a = rekey.Automation{} }, []string{"event_type", "job_type"}, false},
		"no such selection": {func(a *rekey.Automation) { a.SelectionID = newID() }, []string{"selection_id"}, false},
		"filter on nobody":  {func(a *rekey.Automation) { a.EventFilter.User = newID() }, []string{"event_filter.system_user"}, false},
	} {
		a := draft(c.change)
		before := a
		p, err := o.PreviewDraft(o.ctx, o.operator, a, []string{o.member.ID})
		o.must(err)
		var fields []string
		for _, f := range p.Problems {
			fields = append(fields, f.Field)
		}
		if !slices.Equal(fields, c.problems) || p.Previewed != c.previewed || p.Complete != c.previewed {
			t.Errorf("%s: previewed %v, complete %v, problems %v", name, p.Previewed, p.Complete, p.Problems)
		}
		if reached := len(p.Reached) == 1 && p.LookedAt == 1; reached != c.previewed {
			t.Errorf("%s: reached %+v of %d", name, p.Reached, p.LookedAt)
		}
		if due := c.previewed && !slices.Contains(c.problems, "time_zone") && !slices.Contains(c.problems, "delay.unit"); due && !p.DueAt.Equal(monday) {
			t.Errorf("%s: due %s", name, p.DueAt)
		}
		if a.Name != before.Name {
			t.Errorf("%s: the draft was changed", name)
		}
	}
	p, err := o.PreviewDraft(o.ctx, o.operator, draft(func(a *rekey.Automation) { a.TimeFrame.Start = monday.Add(time.Hour) }), nil)
	o.must(err)
	if len(p.Warnings) != 1 || p.Warnings[0].Field != "time_frame.start" || !p.Previewed {
		t.Errorf("ahead of its time frame: %+v", p)
	}
	_, err = o.PreviewDraft(o.ctx, o.member, draft(), nil)
	o.refused(err, rekey.CodeForbidden)
	_, err = o.PreviewDraft(o.ctx, o.operator, draft(), make([]string, rekey.MaxEventUsers+1))
	o.refused(err, rekey.CodeTooLarge)
}

func TestPreviewOfADraftHidesThoseAboveAndNamesEachOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	subjects := []string{o.root.ID, o.member.ID, o.member.Address, "ghost@example.org"}
	for range 300 { // more than a step
		subjects = append(subjects, o.member.Address, "ghost@example.org")
	}
	p, err := o.PreviewDraft(o.ctx, o.operator, draft(), subjects)
	o.must(err)
	if len(p.Reached) != 1 || len(p.Skipped) != 1 || p.Hidden != 1 || p.LookedAt != 2 || !p.Complete {
		t.Errorf("got %+v", p)
	}
	boss := o.automation(o.root, target(o.manager.ID))
	p, err = o.PreviewDraft(o.ctx, o.operator, boss, nil)
	o.must(err)
	if p.Previewed || len(p.Reached)+len(p.Skipped) != 0 {
		t.Errorf("an operator is shown whom an administrator's automation aims at: %+v", p)
	}
}

func TestPreviewOfADraftEndsWithItsTimeAndSaysSo(t *testing.T) {
	t.Parallel()
	o := setup(t)
	var many []rekey.SystemUser
	for i := range 600 {
		many = append(many, newcomer(func(u *rekey.SystemUser) { u.Address = fmt.Sprintf("user%d@example.org", i) }))
	}
	_, err := o.Import(o.ctx, o.root, file(many...), rekey.ExistingRefuse)
	o.must(err)
	p, err := o.PreviewDraft(o.ctx, o.root, draft(), nil)
	o.must(err)
	if !p.Complete || p.LookedAt != 604 || len(p.Reached) != 603 {
		t.Errorf("looked at %d of 604, complete %v, reached %d", p.LookedAt, p.Complete, len(p.Reached))
	}
	o.tick = 30 * time.Millisecond // each look at the clock
	p, err = o.PreviewDraft(o.ctx, o.root, draft(), nil)
	o.must(err)
	if p.Complete || !p.Previewed || p.LookedAt == 0 || p.LookedAt > 500 || p.LookedAt != len(p.Reached)+len(p.Skipped) {
		t.Errorf("looked at %d, complete %v, reached %d", p.LookedAt, p.Complete, len(p.Reached))
	}
}

func TestAPIUsersInReachAreCountedAsIfTheGuardWereOpen(t *testing.T) {
	t.Parallel()
	o := setup(t)
	called := func(u rekey.SystemUser, at time.Time) {
		o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.TouchPasswordCall(o.ctx, u.ID, at) }))
	}
	kiosk, caller := o.person(rekey.RoleMember, api), o.person(rekey.RoleMember, hybrid)
	o.person(rekey.RoleMember, hybrid)                                                          // never called
	o.person(rekey.RoleMember, api, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked }) // not reached
	o.person(rekey.RoleOperator, api)                                                           // not the operator's to set
	o.person(rekey.RoleAdministrator, api)                                                      // not to be seen
	called(caller, monday.Add(-time.Hour))
	token, _, err := o.CreateToken(o.ctx, o.root, admin.TokenRequest{UserID: kiosk.ID, Name: "ci"})
	o.must(err)
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.TouchToken(o.ctx, token.ID, monday.Add(-time.Minute)) }))

	reach, err := o.APIUsersReached(o.ctx, o.operator, draft())
	o.must(err)
	if reach.Count != 2 || !reach.Complete || len(reach.Users) != 2 ||
		reach.Users[0].User.ID != caller.ID || !reach.Users[0].LastPasswordCall.Equal(monday.Add(-time.Hour)) || !reach.Users[0].LastTokenUse.IsZero() ||
		reach.Users[1].User.ID != kiosk.ID || !reach.Users[1].LastPasswordCall.IsZero() || !reach.Users[1].LastTokenUse.Equal(monday.Add(-time.Minute)) {
		t.Errorf("got %+v", reach)
	}
	only, err := o.APIUsersReached(o.ctx, o.operator, draft(target(kiosk.ID)))
	o.must(err)
	if only.Count != 1 || only.Users[0].User.ID != kiosk.ID {
		t.Errorf("with one target it got %+v", only)
	}
	built, err := o.db.BuiltInSelection(o.ctx, rekey.AllExceptAPI)
	o.must(err)
	kept, err := o.APIUsersReached(o.ctx, o.operator, draft(func(a *rekey.Automation) { a.SelectionID = built.ID }))
	o.must(err)
	if kept.Count != 0 || !kept.Complete {
		t.Errorf("the selection keeps API users out, and it got %+v", kept)
	}
	missing, err := o.APIUsersReached(o.ctx, o.operator, rekey.Automation{})
	if err != nil || missing.Count != 0 || missing.Complete {
		t.Errorf("of nothing it got %+v (%v)", missing, err)
	}
	_, err = o.APIUsersReached(o.ctx, o.member, draft())
	o.refused(err, rekey.CodeForbidden)
}

func TestOpeningTheGuardForAPIUsersIsConfirmedByTheirNumber(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person(rekey.RoleMember, api)
	o.person(rekey.RoleMember, api)
	open := draft(func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, IncludeAPIUsers: true})
	})
	o.must(o.CheckAPIConfirmation(o.ctx, o.operator, draft(), ""))
	for _, typed := range []string{"2", " 2 "} {
		o.must(o.CheckAPIConfirmation(o.ctx, o.operator, open, typed))
	}
	for _, typed := range []string{"", "1", "two", "-2"} {
		o.refused(o.CheckAPIConfirmation(o.ctx, o.operator, open, typed), rekey.CodeInvalid, "confirm_api_users")
	}
	// Programs say it in a field.
	_, err := o.CreateAutomation(o.ctx, o.operator, open, true)
	o.must(err)
	broken := open
	broken.JobParams = json.RawMessage(`{"include_api_users": true}`)
	o.refused(o.CheckAPIConfirmation(o.ctx, o.operator, broken, ""), rekey.CodeInvalid, "confirm_api_users")
}

// looking records whom it checks.
type looking struct {
	admin.Runner
	at []string
}

func (l *looking) Preview(ctx context.Context, a rekey.Automation, acts rekey.Authority, subjects []string) ([]engine.Decision, error) {
	l.at = append(l.at, subjects...)
	return l.Runner.Preview(ctx, a, acts, subjects)
}

func TestPreviewLooksAtNobodyAboveItsReader(t *testing.T) {
	t.Parallel()
	o := setup(t)
	runner := &looking{Runner: o.engine}
	compiler, err := selection.New(selection.Limits{})
	o.must(err)
	s := admin.New(admin.Config{Store: o.db, Runner: runner, Compiler: compiler, Clock: o.now, NewID: newID, Random: rand.Reader})
	// It acts with the authority of an Administrator, whoever types what it says.
	saved, err := o.CreateAutomation(o.ctx, o.root, draft(), false)
	o.must(err)
	a := saved.Automation
	named := []string{o.root.ID, o.member.ID, o.root.Address, o.manager.Address}
	p, err := s.PreviewAutomation(o.ctx, o.operator, a, named)
	o.must(err)
	d, err := s.PreviewDraft(o.ctx, o.operator, a, named)
	o.must(err)
	none, err := s.PreviewDraft(o.ctx, o.operator, a, named[:1])
	o.must(err)
	if !slices.Equal(runner.at, []string{o.member.ID, o.member.ID}) {
		t.Errorf("looked at %v", runner.at)
	}
	if p.Hidden != 2 || d.Hidden != 2 || none.Hidden != 1 || len(p.Reached) != 1 || len(d.Reached) != 1 || !d.Complete {
		t.Errorf("got %+v, %+v and %+v", p, d, none)
	}
}

func TestPreviewSaysWhatWouldBeHeldWithBothNumbers(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ceiling := func(n int) func(*rekey.Automation) {
		return func(a *rekey.Automation) {
			external(a)
			a.JobParams = params(rekey.SendParams{UseEventParameter: true, Ceiling: n})
		}
	}
	both := []string{o.member.ID, o.operator.ID}
	for n, want := range map[int]string{1: "2 people, ceiling 1", 2: "", 0: ""} {
		p, err := o.PreviewDraft(o.ctx, o.root, draft(ceiling(n)), both)
		o.must(err)
		if p.Held() != want {
			t.Errorf("a ceiling of %d: %q, want %q", n, p.Held(), want)
		}
	}
	a := o.automation(o.root, ceiling(2))
	posted, err := o.PostTestEvent(o.ctx, o.root, admin.TestEvent{Name: "leak", Users: []string{o.manager.ID}})
	o.must(err)
	o.runs(a.ID)
	p, err := o.PreviewAutomation(o.ctx, o.root, a, both)
	o.must(err)
	if want := "2 people, ceiling 2 an hour: 1 reached already"; p.Held() != want || len(posted.Runs) != 1 {
		t.Errorf("with those of the last hour: %q, want %q", p.Held(), want)
	}
	o.at = o.at.Add(time.Hour + time.Minute)
	if p, err = o.PreviewAutomation(o.ctx, o.root, a, both); err != nil || p.Held() != "" {
		t.Errorf("an hour later: %q (%v)", p.Held(), err)
	}
	asked := draft(func(a *rekey.Automation) {
		ceiling(1)(a)
		a.EventType, a.EventFilter = rekey.PasswordResetRequested, rekey.EventFilter{}
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, Ceiling: 1, OldPassword: rekey.KeepUntilChanged})
	})
	if p, err = o.PreviewDraft(o.ctx, o.root, asked, both); err != nil || len(p.Reached) != 2 || p.Held() != "" {
		t.Errorf("who asks in person is held: %q of %d (%v)", p.Held(), len(p.Reached), err)
	}
}
