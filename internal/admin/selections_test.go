package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

func TestBadSelectionIsRefusedByFieldAndNothingIsStored(t *testing.T) {
	t.Parallel()
	o := setup(t)
	existing := o.selection(o.operator, "user.rank == 0")
	for name, c := range map[string]struct {
		sel    rekey.Selection
		fields []string
	}{
		"no name":                {rekey.Selection{Expression: "true"}, []string{"name"}},
		"name of 101 characters": {rekey.Selection{Name: strings.Repeat("n", 101), Expression: "true"}, []string{"name"}},
		"no condition":           {rekey.Selection{Name: "New"}, []string{"expression"}},
		"type error":             {rekey.Selection{Name: "New", Expression: "user.rank == 'high'"}, []string{"expression"}},
		"too costly":             {rekey.Selection{Name: "New", Expression: "user.attributes.all(a, user.attributes.all(b, user.attributes.all(c, a + b != c)))"}, []string{"expression"}},
		"too long":               {rekey.Selection{Name: "New", Expression: strings.Repeat(" ", 4001) + "true"}, []string{"expression"}},
		"both":                   {rekey.Selection{Expression: "user.typo"}, []string{"expression", "name"}},
	} {
		o.unchanged(func() {
			t.Log(name)
			_, err := o.CreateSelection(o.ctx, o.operator, c.sel)
			o.refused(err, rekey.CodeInvalid, c.fields...)
			if name == "type error" && !strings.Contains(err.Error(), "column 11") {
				t.Errorf("%q does not say where", err)
			}
			_, err = o.UpdateSelection(o.ctx, o.operator, existing.ID, 0, func(s *rekey.Selection) error {
				s.Name, s.Expression = c.sel.Name, c.sel.Expression
				return nil
			})
			o.refused(err, rekey.CodeInvalid, c.fields...)
		})
	}
	o.unchanged(func() {
		_, err := o.CreateSelection(o.ctx, o.operator, rekey.Selection{Name: strings.ToUpper(existing.Name), Expression: "true"})
		o.refused(err, rekey.CodeConflict, "name")
		_, err = o.CreateSelection(o.ctx, o.member, rekey.Selection{Name: "New", Expression: "true"})
		o.refused(err, rekey.CodeForbidden)
		_, err = o.UpdateSelection(o.ctx, o.operator, existing.ID, existing.Version+1, func(*rekey.Selection) error { return nil })
		o.refused(err, rekey.CodeStale)
	})
}

// A selection also decides whom the automations of other owners reach.
func TestSelectionUsedByAHigherOwnerIsNotChangedFromBelow(t *testing.T) {
	t.Parallel()
	o := setup(t)
	sel := o.selection(o.operator, "user.rank == 0")
	widen := func(s *rekey.Selection) error {
		s.Expression = "true"
		return nil
	}
	peer := o.person(rekey.RoleOperator)
	_, err := o.UpdateSelection(o.ctx, peer, sel.ID, sel.Version, widen)
	o.must(err)
	a := o.automation(o.manager, func(a *rekey.Automation) { a.SelectionID = sel.ID })
	o.unchanged(func() {
		narrow := func(s *rekey.Selection) error {
			s.Expression = "false"
			return nil
		}
		_, err := o.UpdateSelection(o.ctx, o.operator, sel.ID, 0, narrow)
		o.refused(err, rekey.CodeForbidden)
		err = o.DeleteSelection(o.ctx, o.root, sel.ID, 0)
		o.refused(err, rekey.CodeConflict)
		if !strings.Contains(err.Error(), a.Name) {
			t.Errorf("%q does not say who uses it", err)
		}
		boss := o.selection(o.root, "true")
		_, err = o.UpdateSelection(o.ctx, o.manager, boss.ID, 0, narrow)
		o.refused(err, rekey.CodeForbidden)
		o.must(o.DeleteSelection(o.ctx, o.root, boss.ID, 0))
	})
	saved, err := o.UpdateSelection(o.ctx, o.manager, sel.ID, 2, func(s *rekey.Selection) error {
		s.Description, s.OwnerID, s.BuiltIn = "wider", o.root.ID, "mine"
		return nil
	})
	o.must(err)
	if saved.Version != 3 || saved.OwnerID != o.operator.ID || saved.BuiltIn != "" {
		t.Errorf("got %+v", saved)
	}
	_, err = o.DeleteAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	o.must(o.DeleteSelection(o.ctx, o.operator, sel.ID, 0))
}

func TestPreviewOfSelectionCountsThoseTheActorMayView(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person(rekey.RoleMember, api)
	o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "red"} })
	p, err := o.PreviewSelection(o.ctx, o.operator, "user.attributes.team == 'red' || user.uses_api", 0)
	o.must(err)
	// member and operator have no team; manager and root are above.
	if p.Matched != 2 || p.NotMatched != 2 || p.NotEvaluated != 0 || !p.Complete || len(p.In) != 2 || len(p.Out) != 2 {
		t.Errorf("got %+v", p)
	}
	p, err = o.PreviewSelection(o.ctx, o.operator, "int(user.attributes[?'team'].orValue('none')) > 0 || user.uses_api", 0)
	o.must(err)
	if p.Matched != 1 || p.NotMatched != 0 || p.NotEvaluated != 3 || !p.Complete || len(p.In) != 1 || len(p.Out) != 3 {
		t.Errorf("got %+v", p)
	}
	for _, c := range p.Out {
		if c.Reason != rekey.ReasonNotEvaluated || !strings.Contains(c.Detail, "could not be evaluated") {
			t.Errorf("%s is out for %s: %s", c.User.Address, c.Reason, c.Detail)
		}
	}
	p, err = o.PreviewSelection(o.ctx, o.root, "user.rank > 1", 1)
	o.must(err)
	if p.Matched != 2 || p.NotMatched != 4 || len(p.In) != 1 || len(p.Out) != 1 || p.Out[0].Reason != rekey.ReasonNotSelected {
		t.Errorf("got %+v", p)
	}
	_, err = o.PreviewSelection(o.ctx, o.root, "user.typo", 1)
	o.refused(err, rekey.CodeInvalid, "expression")
	_, err = o.PreviewSelection(o.ctx, o.member, "true", 1)
	o.refused(err, rekey.CodeForbidden)
}

func TestPreviewOfSelectionSaysWhichPartFailed(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p, err := o.PreviewSelection(o.ctx, o.root, "user.rank >= 1 && (user.rank > 2 || user.uses_api)", 0)
	o.must(err)
	if p.Matched != 1 || len(p.Out) != 3 {
		t.Fatalf("got %+v", p)
	}
	for _, c := range p.Out {
		want := "Not met: user.rank > 2 || user.uses_api"
		if c.User.Role == rekey.RoleMember {
			want = "Not met: Rank is at least 1."
		}
		if c.Detail != want {
			t.Errorf("%s is out: %q, want %q", c.User.Role, c.Detail, want)
		}
	}
}

func TestListOfSelectionsSaysWhoseTheyAreAndWhoUsesThem(t *testing.T) {
	t.Parallel()
	o := setup(t)
	mine, boss := o.selection(o.operator, "true"), o.selection(o.root, "true")
	a := o.automation(o.manager, func(a *rekey.Automation) { a.SelectionID = mine.ID })
	l, err := o.SelectionPage(o.ctx, o.operator, "", admin.Place{})
	o.must(err)
	if l.Total.N != 3 || len(l.Entries) != 3 {
		t.Fatalf("got %+v", l)
	}
	for _, v := range l.Entries {
		var using []string
		for _, u := range v.UsedBy {
			using = append(using, u.ID)
		}
		switch v.ID {
		case mine.ID: // its owner may not change what a manager's automation uses
			if v.Owner.ID != o.operator.ID || v.Changeable || fmt.Sprint(using) != fmt.Sprint([]string{a.ID}) {
				t.Errorf("got %+v", v)
			}
		case boss.ID:
			if v.Owner.ID != "" || v.Changeable || using != nil {
				t.Errorf("got %+v", v)
			}
		}
	}
	for id, want := range map[string]bool{mine.ID: true, boss.ID: false} {
		v, err := o.ViewSelection(o.ctx, o.manager, id)
		o.must(err)
		if v.Changeable != want {
			t.Errorf("a manager may change %s: %v", v.Owner.Role, v.Changeable)
		}
	}
	_, err = o.SelectionPage(o.ctx, o.member, "", admin.Place{})
	o.refused(err, rekey.CodeForbidden)
}

func TestPreviewOfSelectionEndsWithItsBudgetAndSaysSo(t *testing.T) {
	t.Parallel()
	o := setup(t)
	var many []rekey.SystemUser
	for i := range 600 { // more than a page
		many = append(many, newcomer(func(u *rekey.SystemUser) { u.Address = fmt.Sprintf("user%d@example.org", i) }))
	}
	_, err := o.Import(o.ctx, o.root, file(many...), rekey.ExistingRefuse)
	o.must(err)
	p, err := o.PreviewSelection(o.ctx, o.root, "user.rank == 0", 0)
	o.must(err)
	if p.Matched != 601 || !p.Complete {
		t.Errorf("%d matched, want 601", p.Matched)
	}
	o.tick = time.Second // each look at the clock
	p, err = o.PreviewSelection(o.ctx, o.root, "user.rank == 0", 0)
	o.must(err)
	if p.Complete || p.Stopped == "" || p.Matched > 5 {
		t.Errorf("got %d matched, complete %v, %q", p.Matched, p.Complete, p.Stopped)
	}
}

func TestBuiltInSelectionStaysAsItIs(t *testing.T) {
	t.Parallel()
	o := setup(t)
	sel, err := o.db.BuiltInSelection(o.ctx, rekey.AllExceptAPI)
	o.must(err)
	o.unchanged(func() {
		_, err := o.UpdateSelection(o.ctx, o.root, sel.ID, 0, func(s *rekey.Selection) error {
			s.Expression = "true"
			return nil
		})
		o.refused(err, rekey.CodeForbidden)
		o.refused(o.DeleteSelection(o.ctx, o.root, sel.ID, 0), rekey.CodeForbidden)
	})
}

func TestBuiltInsAreMadeOnceAndStayChanged(t *testing.T) {
	t.Parallel()
	o := setup(t)
	send, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	_, err = o.UpdateAutomation(o.ctx, o.root, send.ID, 0, func(a *rekey.Automation) error {
		a.Name, a.JobParams = "Send now", []byte(`{"use_event_parameter": true, "note": "Hello"}`)
		return nil
	})
	o.must(err)
	o.unchanged(func() { o.must(o.EnsureBuiltIns(o.ctx)) })
	automations, err := entries(o.Automations(o.ctx, o.root, rekey.AutomationQuery{}, admin.Place{}))
	o.must(err)
	for _, a := range automations {
		if a.Status != rekey.AutomationActive || a.OwnerID != "" || a.SelectionID != "" {
			t.Errorf("built in is %+v", a)
		}
	}
	if len(automations) != 2 {
		t.Errorf("%d are built in, want 2", len(automations))
	}
}

func TestBuiltInAutomationsAreProtected(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, name := range []string{admin.BuiltInReset, admin.BuiltInSend} {
		a, err := o.db.BuiltInAutomation(o.ctx, name)
		o.must(err)
		o.unchanged(func() {
			_, err := o.DeleteAutomation(o.ctx, o.root, a.ID, 0)
			o.refused(err, rekey.CodeConflict)
			_, err = o.DeactivateAutomation(o.ctx, o.manager, a.ID, 0)
			o.refused(err, rekey.CodeForbidden)
			for field, change := range map[string]func(*rekey.Automation){
				"event_type":                     func(a *rekey.Automation) { a.EventType = rekey.UserCreated },
				"job_type":                       func(a *rekey.Automation) { a.JobType = "" },
				"job_params.use_event_parameter": target(o.member.ID),
			} {
				_, err = o.UpdateAutomation(o.ctx, o.root, a.ID, 0, func(a *rekey.Automation) error {
					change(a)
					return nil
				})
				o.refused(err, rekey.CodeInvalid, field)
				_, err = o.UpdateAutomation(o.ctx, o.manager, a.ID, 0, func(a *rekey.Automation) error {
					change(a)
					return nil
				})
				o.refused(err, rekey.CodeForbidden)
			}
		})
	}
}

func TestConstantThatNeverMatchesIsWarnedAboutWhereverItIsSavedOrUsed(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const wrong = `user.language == "de_AT"`
	said := func(where string, warnings []rekey.Warning) {
		t.Helper()
		if !slices.ContainsFunc(warnings, func(w rekey.Warning) bool { return strings.Contains(w.Message, `write "de-AT"`) }) {
			t.Errorf("%s: %+v", where, warnings)
		}
	}
	sel, err := o.CreateSelection(o.ctx, o.root, rekey.Selection{Name: "Austria", Expression: wrong})
	o.must(err)
	said("create", sel.Warnings)
	stored, err := o.Selection(o.ctx, o.root, sel.ID)
	o.must(err)
	said("read", stored.Warnings)
	updated, err := o.UpdateSelection(o.ctx, o.root, sel.ID, sel.Version, func(s *rekey.Selection) error {
		s.Expression = "!user.uses_api && " + wrong
		return nil
	})
	o.must(err)
	said("update", updated.Warnings)
	p, err := o.PreviewSelection(o.ctx, o.root, wrong, 0)
	o.must(err)
	said("preview", p.Warnings)
	a := draft()
	a.SelectionID = sel.ID
	saved, err := o.CreateAutomation(o.ctx, o.root, a, false)
	o.must(err)
	said("automation", saved.Warnings)
	preview, err := o.PreviewDraft(o.ctx, o.root, saved.Automation, nil)
	o.must(err)
	said("preview of the automation", preview.Warnings)

	right, err := o.UpdateSelection(o.ctx, o.root, sel.ID, 0, func(s *rekey.Selection) error {
		s.Expression = `user.language == "de-AT"`
		return nil
	})
	o.must(err)
	if right.Warnings != nil {
		t.Errorf("a right constant: %+v", right.Warnings)
	}
}
