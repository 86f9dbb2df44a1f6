package admin_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestBadAutomationIsRefusedByFieldAndNothingIsStored(t *testing.T) {
	t.Parallel()
	o := setup(t)
	kiosk := o.person(rekey.RoleMember, api)
	raw := func(text string) func(*rekey.Automation) {
		return func(a *rekey.Automation) { a.JobParams = json.RawMessage(text) }
	}
	cases := map[string]struct {
		field  string
		change func(*rekey.Automation)
	}{
		"no name":                   {"name", func(a *rekey.Automation) { a.Name = " " }},
		"name of 101 characters":    {"name", func(a *rekey.Automation) { a.Name = strings.Repeat("ä", 101) }},
		"long description":          {"description", func(a *rekey.Automation) { a.Description = strings.Repeat("a", 2001) }},
		"unknown event type":        {"event_type", func(a *rekey.Automation) { a.EventType = "user.sneezed" }},
		"unknown job type":          {"job_type", func(a *rekey.Automation) { a.JobType = "explode" }},
		"job for contacts":          {"job_type", func(a *rekey.Automation) { a.JobType, a.JobParams = "send_new_password_to_contact", nil }},
		"two targets":               {"job_params.system_user", raw(`{"system_user": "` + o.member.ID + `", "use_event_parameter": true}`)},
		"unknown parameter":         {"job_params.colour", raw(`{"use_event_parameter": true, "colour": "red"}`)},
		"unknown old password":      {"job_params.old_password", raw(`{"use_event_parameter": true, "old_password": "burn"}`)},
		"replace for strangers":     {"job_params.old_password", func(a *rekey.Automation) { a.EventType = rekey.UserLocked }},
		"target that is nobody":     {"job_params.system_user", target(newID())},
		"target that may not be":    {"job_params.system_user", target(o.manager.ID)},
		"API user not included":     {"job_params.include_api_users", target(kiosk.ID)},
		"parameters that are text":  {"job_params", raw(`"hello"`)},
		"delay of 0":                {"delay.value", func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Days} }},
		"delay of 10,000":           {"delay.value", func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Days, Value: 10_000} }},
		"unknown unit":              {"delay.unit", func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: "moons", Value: 1} }},
		"unknown zone":              {"time_zone", func(a *rekey.Automation) { a.TimeZone = "Mars/Olympus" }},
		"unknown selection":         {"selection_id", func(a *rekey.Automation) { a.SelectionID = newID() }},
		"filter on nobody":          {"event_filter.system_user", func(a *rekey.Automation) { a.EventFilter.User = newID() }},
		"filter on somebody higher": {"event_filter.system_user", func(a *rekey.Automation) { a.EventFilter.User = o.root.ID }},
		"filter that has no name": {"event_filter.name", func(a *rekey.Automation) {
			a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "x"}
		}},
		"pattern that is none": {"event_filter.source.value", func(a *rekey.Automation) {
			a.EventType, a.EventFilter.Source = rekey.External, rekey.TextFilter{Operator: rekey.OpMatches, Value: "("}
		}},
	}
	existing := o.automation(o.manager)
	for name, c := range cases {
		o.unchanged(func() {
			t.Log(name)
			for _, activate := range []bool{false, true} {
				_, err := o.CreateAutomation(o.ctx, o.manager, draft(c.change), activate)
				o.refused(err, rekey.CodeInvalid, c.field)
			}
			_, err := o.UpdateAutomation(o.ctx, o.manager, existing.ID, 0, func(a *rekey.Automation) error {
				c.change(a)
				return nil
			})
			o.refused(err, rekey.CodeInvalid, c.field)
		})
	}
	o.unchanged(func() {
		_, err := o.CreateAutomation(o.ctx, o.manager, draft(func(a *rekey.Automation) { a.Name = strings.ToUpper(existing.Name) }), false)
		o.refused(err, rekey.CodeConflict, "name")
	})
}

func TestDraftMayBeIncompleteAndIsActivatedOnlyWhole(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.unchanged(func() {
		_, err := o.CreateAutomation(o.ctx, o.operator, draft(untargeted), true)
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
	})
	_, err := o.CreateAutomation(o.ctx, o.operator, draft(untargeted), false)
	o.must(err)
	saved, err := o.CreateAutomation(o.ctx, o.operator, rekey.Automation{Name: "Later"}, false)
	o.must(err)
	if saved.Automation.Status != rekey.AutomationDraft {
		t.Fatalf("it is %s", saved.Automation.Status)
	}
	o.unchanged(func() {
		_, err := o.ActivateAutomation(o.ctx, o.operator, saved.Automation.ID, 0)
		o.refused(err, rekey.CodeInvalid, "event_type", "job_type")
		for field, change := range map[string]func(*rekey.Automation){
			"job_type":   func(a *rekey.Automation) { a.JobParams = params(rekey.SendParams{UseEventParameter: true}) },
			"event_type": func(a *rekey.Automation) { a.EventFilter.Name.Value = "x" },
		} {
			_, err = o.UpdateAutomation(o.ctx, o.operator, saved.Automation.ID, 0, func(a *rekey.Automation) error {
				change(a)
				return nil
			})
			o.refused(err, rekey.CodeInvalid, field)
		}
	})
	_, err = o.UpdateAutomation(o.ctx, o.operator, saved.Automation.ID, 1, func(a *rekey.Automation) error {
		a.EventType, a.JobType = rekey.UserCreated, rekey.SendNewPassword
		return nil
	})
	o.must(err)
	_, err = o.ActivateAutomation(o.ctx, o.operator, saved.Automation.ID, 0)
	o.refused(err, rekey.CodeInvalid, "job_params.system_user")
	_, err = o.UpdateAutomation(o.ctx, o.operator, saved.Automation.ID, 2, func(a *rekey.Automation) error {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true})
		return nil
	})
	o.must(err)
	saved, err = o.ActivateAutomation(o.ctx, o.operator, saved.Automation.ID, 3)
	o.must(err)
	if a := saved.Automation; a.Status != rekey.AutomationActive || a.Version != 4 || a.TimeZone != "UTC" || a.OwnerID != o.operator.ID {
		t.Errorf("got %+v", a)
	}
}

func untargeted(a *rekey.Automation) {
	a.JobParams = params(rekey.SendParams{Note: "Log in at once."})
}

func TestAutomationNamesPeopleByAddressAndKeepsIDs(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, target(strings.ToUpper(o.member.Address)), func(a *rekey.Automation) {
		a.EventFilter.User = o.operator.Address
	})
	p, err := rekey.ParseSendParams(a.JobParams, rekey.EventType{})
	o.must(err)
	if p.SystemUser != o.member.ID || a.EventFilter.User != o.operator.ID {
		t.Errorf("it keeps %s and %s, want the ids", p.SystemUser, a.EventFilter.User)
	}
}

// The automation acts with its owner's authority, so editing it must not lend
// that authority to anybody, nor the editor's to the owner.
func TestAutomationReachesOnlyWhomItsOwnerMay(t *testing.T) {
	t.Parallel()
	o := setup(t)
	peer := o.person(rekey.RoleManager)
	of := o.automation(o.manager)
	o.unchanged(func() {
		_, err := o.UpdateAutomation(o.ctx, o.root, of.ID, 0, func(a *rekey.Automation) error {
			target(peer.ID)(a)
			return nil
		})
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
		_, err = o.UpdateAutomation(o.ctx, o.manager, of.ID, 0, func(a *rekey.Automation) error {
			target(o.manager.ID)(a)
			return nil
		})
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
	})
	boss := o.automation(o.root, target(o.manager.ID))
	o.unchanged(func() {
		_, err := o.UpdateAutomation(o.ctx, o.manager, boss.ID, 0, func(*rekey.Automation) error { return nil })
		o.refused(err, rekey.CodeForbidden)
		// A copy acts with the authority of its maker.
		_, err = o.CopyAutomation(o.ctx, o.manager, boss.ID, "")
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
		_, err = o.CreateAutomation(o.ctx, o.manager, draft(target(o.root.ID), func(a *rekey.Automation) {
			a.OwnerID = o.root.ID // the actor becomes the owner, whoever is named
		}), true)
		o.refused(err, rekey.CodeInvalid, "job_params.system_user")
	})
}

func TestAutomationTellsNothingAboutThoseAbove(t *testing.T) {
	t.Parallel()
	o := setup(t)
	var told []string
	for _, subject := range []string{o.root.ID, o.root.Address, newID()} {
		for _, aim := range []func(*rekey.Automation){
			target(subject), func(a *rekey.Automation) { a.EventFilter.User = subject },
		} {
			_, err := o.CreateAutomation(o.ctx, o.manager, draft(aim), false)
			o.refused(err, rekey.CodeInvalid)
			_, said, _ := strings.Cut(err.Error(), ": ")
			told = append(told, said)
		}
	}
	if slices.Sort(told); len(slices.Compact(told)) != 1 {
		t.Errorf("somebody above and nobody are told apart: %q", told)
	}
	of := o.automation(o.operator)
	_, err := o.UpdateAutomation(o.ctx, o.root, of.ID, 0, func(a *rekey.Automation) error {
		a.EventFilter.User = o.manager.ID
		return nil
	})
	o.refused(err, rekey.CodeInvalid, "event_filter.system_user") // its owner may not view them
}

func TestManagersAutomationAimedAtAdministratorTouchesNobody(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, target(o.member.ID))
	// The member is made an Administrator after it was saved.
	o.must(update(func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })(o, o.root, o.member))
	_, err := o.CreateUser(o.ctx, o.root, newcomer())
	o.must(err)
	runs := o.runs(a.ID)
	views, err := entries(o.Deliveries(o.ctx, o.root, rekey.DeliveryQuery{RunID: runs[0].ID}, admin.Place{}))
	o.must(err)
	if len(views) != 1 || views[0].State != rekey.DeliverySkipped || views[0].Reason != rekey.ReasonNotOwners {
		t.Errorf("got %+v, want skipped because the owner may not", views)
	}
	_, err = o.DeactivateAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	_, err = o.ActivateAutomation(o.ctx, o.manager, a.ID, 0)
	o.refused(err, rekey.CodeInvalid, "job_params.system_user")
}

func TestUpdateKeepsWhatIsNotTheCallersToSet(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager)
	saved, err := o.UpdateAutomation(o.ctx, o.manager, a.ID, a.Version, func(b *rekey.Automation) error {
		*b = rekey.Automation{Name: "Renamed", EventType: b.EventType, JobType: b.JobType, JobParams: b.JobParams,
			OwnerID: o.root.ID, BuiltIn: admin.BuiltInReset, Status: rekey.AutomationDraft, Version: 77}
		return nil
	})
	o.must(err)
	stored, err := o.Automation(o.ctx, o.operator, a.ID)
	o.must(err)
	if stored.Name != "Renamed" || stored.OwnerID != o.manager.ID || stored.BuiltIn != "" || stored.Status != rekey.AutomationActive ||
		stored.Version != 2 || !stored.CreatedAt.Equal(a.CreatedAt) || saved.Automation.Version != 2 {
		t.Errorf("stored %+v", stored)
	}
	o.unchanged(func() {
		for _, act := range []func(version int64) error{
			func(v int64) error {
				_, err := o.UpdateAutomation(o.ctx, o.manager, a.ID, v, func(*rekey.Automation) error { return nil })
				return err
			},
			func(v int64) error { _, err := o.ActivateAutomation(o.ctx, o.manager, a.ID, v); return err },
			func(v int64) error { _, err := o.DeactivateAutomation(o.ctx, o.manager, a.ID, v); return err },
			func(v int64) error { _, err := o.DeleteAutomation(o.ctx, o.manager, a.ID, v); return err },
		} {
			o.refused(act(1), rekey.CodeStale)
		}
	})
}

func TestDeactivatingAndDeletingCancelWhatWaits(t *testing.T) {
	t.Parallel()
	o := setup(t)
	wait := func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Days, Value: 2} }
	a, b := o.automation(o.manager, wait), o.automation(o.manager, wait)
	for _, address := range []string{"a@example.org", "b@example.org"} {
		_, err := o.CreateUser(o.ctx, o.root, newcomer(func(u *rekey.SystemUser) { u.Address = address }))
		o.must(err)
	}
	o.unchanged(func() {
		if n, err := o.CountWaiting(o.ctx, o.operator, a.ID); n != 2 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		_, err := o.CountWaiting(o.ctx, o.member, a.ID)
		o.refused(err, rekey.CodeForbidden)
		_, err = o.CountWaiting(o.ctx, o.operator, newID())
		o.refused(err, rekey.CodeNotFound)
	})
	saved, err := o.DeactivateAutomation(o.ctx, o.manager, a.ID, 0)
	o.must(err)
	if n, err := o.CountWaiting(o.ctx, o.operator, a.ID); n != 0 || err != nil {
		t.Errorf("%d wait still, %v", n, err)
	}
	cancelled, err := o.DeleteAutomation(o.ctx, o.manager, b.ID, 0)
	o.must(err)
	if saved.Cancelled != 2 || cancelled != 2 || saved.Automation.Status != rekey.AutomationInactive {
		t.Errorf("%d and %d cancelled, want 2 each", saved.Cancelled, cancelled)
	}
	for id, reason := range map[string]rekey.Reason{a.ID: rekey.ReasonAutomationInactive, b.ID: rekey.ReasonAutomationGone} {
		views, err := entries(o.Runs(o.ctx, o.operator, rekey.RunQuery{AutomationID: id}, admin.Place{}))
		o.must(err)
		for _, run := range views {
			if run.State != rekey.RunCancelled || run.Reason != reason {
				t.Errorf("a run is %s, %s; want cancelled, %s", run.State, run.Reason, reason)
			}
		}
	}
}

func TestCopyIsADraftOfOnesOwn(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, func(a *rekey.Automation) {
		a.Name, a.Description, a.Delay = "Leaked", "Every day", rekey.Delay{Unit: rekey.Days, Value: 2}
		a.TimeFrame = rekey.TimeFrame{Start: monday, Days: workdays}
	})
	for _, name := range []string{"Leaked (copy)", "Leaked (copy 2)", "Leaked (copy 3)"} {
		saved, err := o.CopyAutomation(o.ctx, o.operator, a.ID, "")
		o.must(err)
		got, want := saved.Automation, a
		want.ID, want.Name, want.NameKey, want.OwnerID, want.UpdatedBy = got.ID, name, rekey.NameKey(name), o.operator.ID, o.operator.ID
		want.Status, want.Version = rekey.AutomationDraft, 1
		if !reflect.DeepEqual(got, want) || got.ID == a.ID {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	long := o.automation(o.manager, func(a *rekey.Automation) { a.Name = strings.Repeat("ä", 100) })
	for _, name := range []string{strings.Repeat("ä", 93) + " (copy)", strings.Repeat("ä", 91) + " (copy 2)"} {
		saved, err := o.CopyAutomation(o.ctx, o.operator, long.ID, "")
		o.must(err)
		if saved.Automation.Name != name {
			t.Errorf("it is called %s", saved.Automation.Name)
		}
	}
	_, err := o.CopyAutomation(o.ctx, o.operator, a.ID, a.Name)
	o.refused(err, rekey.CodeConflict, "name")
}

func TestIncludingAPIUsersIsWarnedAbout(t *testing.T) {
	t.Parallel()
	o := setup(t)
	saved, err := o.CreateAutomation(o.ctx, o.manager, draft(func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, IncludeAPIUsers: true})
	}), false)
	o.must(err)
	if len(saved.Warnings) != 1 || !strings.Contains(saved.Warnings[0].Message, "API calls will fail due to incorrect credentials") ||
		saved.Warnings[0].Field != "job_params.include_api_users" {
		t.Errorf("warnings are %v", saved.Warnings)
	}
	if plain := o.Warnings(o.ctx, draft()); len(plain) > 0 {
		t.Errorf("a plain one is warned about: %v", plain)
	}
}

func TestNewAutomationKeepsAPIUsersOut(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a, err := o.NewAutomation(o.ctx, o.operator)
	o.must(err)
	sel, err := o.Selection(o.ctx, o.operator, a.SelectionID)
	o.must(err)
	if sel.BuiltIn != rekey.AllExceptAPI || sel.Expression != "!user.uses_api" {
		t.Errorf("it begins with %+v", sel)
	}
}

func TestPreviewSaysWhoAndWhyAndHidesThoseAbove(t *testing.T) {
	t.Parallel()
	o := setup(t)
	kiosk := o.person(rekey.RoleMember, api)
	a := draft()
	subjects := []string{o.member.Address, kiosk.ID, o.operator.ID, o.root.ID, o.manager.Address, "ghost@example.org"}
	p, err := o.PreviewAutomation(o.ctx, o.operator, a, subjects)
	o.must(err)
	if len(p.Reached) != 1 || p.Reached[0].User.ID != o.member.ID || p.Hidden != 2 || !p.Complete || !p.DueAt.Equal(monday) {
		t.Errorf("got %+v", p)
	}
	why := map[string]rekey.Reason{}
	for _, c := range p.Skipped {
		why[c.Subject] = c.Reason
	}
	if len(why) != 3 || why[kiosk.ID] != rekey.ReasonAPIUser || why[o.operator.ID] != rekey.ReasonNotOwners ||
		why["ghost@example.org"] != rekey.ReasonNotSystemUser {
		t.Errorf("skipped for %v", why)
	}
	everybody, err := o.PreviewAutomation(o.ctx, o.operator, a, nil)
	o.must(err)
	if len(everybody.Reached) != 1 || len(everybody.Skipped) != 2 || everybody.Hidden != 0 || !everybody.Complete {
		t.Errorf("with nobody named it got %+v", everybody)
	}
}

func TestPreviewActsForTheOwnerOfWhatIsStored(t *testing.T) {
	t.Parallel()
	o := setup(t)
	stored := o.automation(o.operator)
	p, err := o.PreviewAutomation(o.ctx, o.root, stored, []string{o.manager.ID, o.member.ID})
	o.must(err)
	if len(p.Reached) != 1 || p.Reached[0].User.ID != o.member.ID {
		t.Errorf("an operator's automation would reach %+v, want the member only", p.Reached)
	}
	forged := stored
	forged.OwnerID = o.root.ID
	if p, err = o.PreviewAutomation(o.ctx, o.operator, forged, []string{o.manager.ID, o.member.ID}); err != nil || p.Hidden != 1 {
		t.Errorf("got %+v (%v)", p, err)
	}
	send, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	p, err = o.PreviewAutomation(o.ctx, o.manager, send, []string{o.manager.ID, o.member.ID})
	o.must(err)
	if len(p.Reached) != 1 {
		t.Errorf("sending now would reach %+v, want whom the actor may", p.Reached)
	}
	o.unchanged(func() {
		_, err = o.PreviewAutomation(o.ctx, o.operator, rekey.Automation{}, nil)
		o.refused(err, rekey.CodeInvalid, "event_type", "job_type")
		_, err = o.PreviewAutomation(o.ctx, o.operator, draft(), make([]string, rekey.MaxEventUsers+1))
		o.refused(err, rekey.CodeTooLarge)
		_, err = o.PreviewAutomation(o.ctx, o.member, draft(), nil)
		o.refused(err, rekey.CodeForbidden)
	})
}
