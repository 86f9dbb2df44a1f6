package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/engine"
	"rekey/internal/store"
	"rekey/internal/userfile"
)

func newcomer(change ...func(*rekey.SystemUser)) rekey.SystemUser {
	u := rekey.SystemUser{Address: "grace@example.org", FirstName: "Grace", Type: rekey.TypeUI, Role: rekey.RoleMember}
	for _, c := range change {
		c(&u)
	}
	return u
}

func TestCreatingAUserRecordsTheEventAndStartsItsRuns(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager)
	u, err := o.CreateUser(o.ctx, o.operator, newcomer())
	o.must(err)
	if stored := o.user(u.ID); stored.Status != rekey.UserActive || stored.Version != u.Version || stored.PasswordVersion != u.PasswordVersion {
		t.Errorf("stored %+v, answered %+v", stored, u)
	}
	if got := o.events(rekey.UserCreated); !slices.Equal(got, []string{u.ID}) {
		t.Errorf("user.created names %v, want %s", got, u.ID)
	}
	if runs := o.runs(a.ID); len(runs) != 1 {
		t.Errorf("%d runs, want 1", len(runs))
	}
}

func TestBadUserIsRefusedByFieldAndNothingIsStored(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person(rekey.RoleMember, api, func(u *rekey.SystemUser) { u.Sources = []rekey.EventSource{{Source: "/taken"}} })
	cases := map[string]struct {
		code   rekey.Code
		field  string
		change func(*rekey.SystemUser)
	}{
		"address with a line break": {rekey.CodeInvalid, "address", func(u *rekey.SystemUser) { u.Address = "a\r\nBcc: x@example.org" }},
		"no address":                {rekey.CodeInvalid, "address", func(u *rekey.SystemUser) { u.Address = "" }},
		"address taken":             {rekey.CodeConflict, "address", func(u *rekey.SystemUser) { u.Address = strings.ToUpper(o.member.Address) }},
		"name with a link":          {rekey.CodeInvalid, "first_name", func(u *rekey.SystemUser) { u.FirstName = "www.example.org" }},
		"name of 101 characters":    {rekey.CodeInvalid, "last_name", func(u *rekey.SystemUser) { u.LastName = strings.Repeat("a", 101) }},
		"unknown type":              {rekey.CodeInvalid, "type", func(u *rekey.SystemUser) { u.Type = "robot" }},
		"unknown role":              {rekey.CodeInvalid, "role", func(u *rekey.SystemUser) { u.Role = "emperor" }},
		"unknown status":            {rekey.CodeInvalid, "status", func(u *rekey.SystemUser) { u.Status = "asleep" }},
		"unknown zone":              {rekey.CodeInvalid, "time_zone", func(u *rekey.SystemUser) { u.TimeZone = "Mars/Olympus" }},
		"sources of a UI user":      {rekey.CodeInvalid, "sources", func(u *rekey.SystemUser) { u.Sources = []rekey.EventSource{{Source: "/siem"}} }},
		"one source twice": {rekey.CodeInvalid, "sources", func(u *rekey.SystemUser) {
			u.Type, u.Sources = rekey.TypeAPI, []rekey.EventSource{{Source: "/siem"}, {Source: "/siem"}}
		}},
		"source of another": {rekey.CodeConflict, "sources", func(u *rekey.SystemUser) {
			u.Type, u.Sources = rekey.TypeAPI, []rekey.EventSource{{Source: "/taken"}}
		}},
	}
	for name, c := range cases {
		o.unchanged(func() {
			_, err := o.CreateUser(o.ctx, o.root, newcomer(c.change))
			t.Log(name)
			o.refused(err, c.code, c.field)
			_, err = o.Import(o.ctx, o.root, file(
				newcomer(func(u *rekey.SystemUser) { u.Address = "first@example.org" }), newcomer(c.change),
			), rekey.ExistingRefuse)
			o.refused(err, c.code, "line 3, "+c.field)
			if name != "unknown status" && name != "sources of a UI user" {
				_, err = o.UpdateUser(o.ctx, o.root, o.manager.ID, 0, func(u *rekey.SystemUser) error {
					c.change(u)
					return nil
				})
				o.refused(err, c.code, c.field)
			}
		})
	}
}

func TestImportTellsAllBadLinesAtOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.unchanged(func() {
		_, err := o.Import(o.ctx, o.root, file(
			newcomer(),
			newcomer(), // again
			newcomer(func(u *rekey.SystemUser) { u.Address, u.Type = "", "robot" }),
			newcomer(func(u *rekey.SystemUser) { u.Address = "last@example.org" }),
		), rekey.ExistingRefuse)
		o.refused(err, rekey.CodeInvalid, "line 3, address", "line 4, address", "line 4, type")
		_, err = o.Import(o.ctx, o.operator, file(newcomer(), newcomer(func(u *rekey.SystemUser) {
			u.Address, u.Role = "boss@example.org", rekey.RoleManager
		})), rekey.ExistingRefuse)
		o.refused(err, rekey.CodeForbidden, "line 3, role")
		_, err = o.Import(o.ctx, o.root, make([]userfile.Line, rekey.MaxImport+1), rekey.ExistingRefuse)
		o.refused(err, rekey.CodeTooLarge)
		_, err = o.CheckImport(o.ctx, o.root, make([]userfile.Line, rekey.MaxImport+1), rekey.ExistingRefuse)
		o.refused(err, rekey.CodeTooLarge)
	})
	o.unchanged(func() { // a dry run tells what is stored, too
		_, err := o.CheckImport(o.ctx, o.operator, file(newcomer()), rekey.ExistingRefuse)
		o.must(err)
		_, err = o.CheckImport(o.ctx, o.operator, file(
			newcomer(), newcomer(),
			newcomer(func(u *rekey.SystemUser) { u.Address, u.Role = "boss@example.org", rekey.RoleManager }),
			newcomer(func(u *rekey.SystemUser) { u.Address = strings.ToUpper(o.member.Address) }),
			newcomer(func(u *rekey.SystemUser) { u.Address, u.Language = "l@example.org", "no such" }),
		), rekey.ExistingRefuse)
		o.refused(err, rekey.CodeInvalid, "line 3, address", "line 4, role", "line 5, address", "line 6, language")
	})
	var many []rekey.SystemUser
	for i := range 50 {
		many = append(many, newcomer(func(u *rekey.SystemUser) { u.Address = fmt.Sprintf("user%d@example.org", i) }))
	}
	created, err := o.Import(o.ctx, o.root, file(many...), rekey.ExistingRefuse)
	o.must(err)
	if events := o.events(rekey.UserCreated); admin.Counted(created).Created != 50 || len(events) != 50 {
		t.Errorf("%d created, %d events, want 50 of each", len(created), len(events))
	}
}

func TestLastAdministratorStays(t *testing.T) {
	t.Parallel()
	o := setup(t)
	// They act on each other at once: both were read as Administrators.
	other := o.person(rekey.RoleAdministrator)
	demote := update(func(u *rekey.SystemUser) { u.Role = rekey.RoleMember })
	o.must(demote(o, other, o.root))
	o.unchanged(func() {
		o.refused(demote(o, o.root, other), rekey.CodeConflict)
		_, err := o.BlockUser(o.ctx, o.root, other.ID, 0)
		o.refused(err, rekey.CodeConflict)
		o.refused(o.DeleteUser(o.ctx, o.root, other.ID, 0), rekey.CodeConflict)
		o.refused(o.CheckBlock(o.ctx, o.root, other.ID), rekey.CodeConflict)
		o.refused(o.CheckDelete(o.ctx, o.root, other.ID), rekey.CodeConflict)
	})
	third := o.person(rekey.RoleAdministrator)
	_, err := o.BlockUser(o.ctx, other, third.ID, 0)
	o.must(err)
	o.unchanged(func() { // a blocked one does not count
		o.refused(o.DeleteUser(o.ctx, third, other.ID, 0), rekey.CodeConflict)
		o.refused(demote(o, o.root, other), rekey.CodeConflict)
	})
}

func TestStaleVersionChangesNothing(t *testing.T) {
	t.Parallel()
	o := setup(t)
	u, err := o.UpdateUser(o.ctx, o.root, o.member.ID, o.member.Version, func(u *rekey.SystemUser) error {
		u.FirstName = "Grace"
		return nil
	})
	o.must(err)
	if u.Version != o.member.Version+1 || o.user(u.ID).Version != u.Version {
		t.Fatalf("version is %d, stored %d, want %d", u.Version, o.user(u.ID).Version, o.member.Version+1)
	}
	o.unchanged(func() {
		_, err = o.UpdateUser(o.ctx, o.root, u.ID, o.member.Version, func(*rekey.SystemUser) error { return nil })
		o.refused(err, rekey.CodeStale)
		_, err = o.BlockUser(o.ctx, o.root, u.ID, o.member.Version)
		o.refused(err, rekey.CodeStale)
		o.refused(o.DeleteUser(o.ctx, o.root, u.ID, o.member.Version), rekey.CodeStale)
		same, err := o.UpdateUser(o.ctx, o.root, u.ID, u.Version, func(u *rekey.SystemUser) error {
			u.FirstName = "Grace"
			return nil
		})
		o.must(err)
		if same.Version != u.Version {
			t.Errorf("saving the same raised the version to %d", same.Version)
		}
	})
}

// mailed gives a user a mailed password that is live.
func (o *office) mailed(u rekey.SystemUser) rekey.Delivery {
	o.t.Helper()
	d := rekey.Delivery{ID: newID(), RunID: newID(), UserID: u.ID, Number: 1, Batch: 1, State: rekey.DeliveryQueued, UpdatedAt: o.now()}
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		if err := tx.Plan(o.ctx, []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Verifier, d.Attempting, d.Sealed = rekey.DeliveryIssued, "verifier", true, []byte("sealed")
		d.IssuedAt, d.ValidUntil, d.PasswordVersion = o.now(), o.now().Add(engine.Lifetime), u.PasswordVersion
		d.Claim, d.ClaimUntil = "claim", o.now().Add(engine.Lifetime)
		_, err := tx.Issue(o.ctx, []rekey.Delivery{d})
		return err
	}))
	if !o.lives(u) {
		o.t.Fatal("the mailed password is not live to begin with")
	}
	return d
}

func (o *office) lives(u rekey.SystemUser) bool {
	o.t.Helper()
	c, err := o.db.Credential(o.ctx, u.ID)
	o.must(err)
	return len(c.Live(o.now())) > 0
}

func TestNewAddressEndsMailedPasswords(t *testing.T) {
	t.Parallel()
	o := setup(t)
	d := o.mailed(o.member)
	o.must(update(func(u *rekey.SystemUser) { u.FirstName = "Grace" })(o, o.root, o.member))
	if !o.lives(o.member) {
		t.Fatal("a new name ended the mailed password")
	}
	o.must(update(func(u *rekey.SystemUser) { u.Address = "new@example.org" })(o, o.root, o.member))
	if o.lives(o.member) {
		t.Error("the password that was mailed to the old address is live")
	}
	if d, err := o.db.Delivery(o.ctx, d.ID); err != nil || d.Reason != rekey.ReasonAddressChanged || len(d.Sealed) > 0 {
		t.Errorf("the delivery is %s, %s (%v), want it ended because the address changed", d.State, d.Reason, err)
	}
}

func TestBlockEndsMailedPasswordsAndIsRecordedOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.mailed(o.member)
	for range 2 {
		blocked, err := o.BlockUser(o.ctx, o.root, o.member.ID, 0)
		o.must(err)
		stored := o.user(o.member.ID)
		if blocked.Status != rekey.UserBlocked || blocked.Version != stored.Version || blocked.PasswordVersion != stored.PasswordVersion {
			t.Errorf("blocked is %+v, stored %+v", blocked, stored)
		}
	}
	if o.lives(o.member) {
		t.Error("the mailed password of a blocked user is live")
	}
	for range 2 {
		_, err := o.RestoreUser(o.ctx, o.root, o.member.ID, 0)
		o.must(err)
	}
	if o.user(o.member.ID).PasswordVersion != o.member.PasswordVersion+1 {
		t.Error("sessions from before come back with their user")
	}
	for _, event := range []string{rekey.UserWasBlocked, rekey.UserRestored} {
		if got := o.events(event); !slices.Equal(got, []string{o.member.ID}) {
			t.Errorf("%s names %v, want the member once", event, got)
		}
	}
}

func TestOwnerOfAutomationsOrSelectionsIsNotDeleted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.operator)
	sel := o.selection(o.manager, "true")
	o.unchanged(func() {
		for owner, owned := range map[string]string{o.operator.ID: a.Name, o.manager.ID: sel.Name} {
			err := o.DeleteUser(o.ctx, o.root, owner, 0)
			o.refused(err, rekey.CodeConflict)
			if !strings.Contains(err.Error(), owned) {
				t.Errorf("%q does not say that they own %s", err, owned)
			}
		}
	})
	o.must(o.DeleteUser(o.ctx, o.root, o.member.ID, 0))
	_, err := o.User(o.ctx, o.root, o.member.ID)
	o.refused(err, rekey.CodeNotFound)
}

func TestBecomingUIEndsTokensAndSources(t *testing.T) {
	t.Parallel()
	o := setup(t)
	u := o.person(rekey.RoleMember, api, func(u *rekey.SystemUser) { u.Sources = []rekey.EventSource{{Source: "/siem", Names: []string{"*"}}} })
	_, _, err := o.CreateToken(o.ctx, o.root, admin.TokenRequest{UserID: u.ID, Name: "ci"})
	o.must(err)
	o.must(update(func(u *rekey.SystemUser) { u.Type = rekey.TypeUI })(o, o.root, u))
	tokens, err := o.Tokens(o.ctx, o.root, u.ID)
	o.must(err)
	if of, err := o.db.SourceOwner(o.ctx, "/siem"); len(tokens) > 0 || of != "" || err != nil {
		t.Errorf("%d tokens are left, the source belongs to %q (%v)", len(tokens), of, err)
	}
}

func TestSendingAPasswordActsForWhoeverAsked(t *testing.T) {
	t.Parallel()
	o := setup(t)
	sent, err := o.SendPassword(o.ctx, o.operator, o.member.ID)
	o.must(err)
	if sent.Event.PostedBy != o.operator.ID || len(sent.Runs) != 1 || sent.Runs[0].ActsFor != o.operator.ID || len(sent.Warnings) > 0 {
		t.Fatalf("got %+v", sent)
	}
	runs := o.runs(sent.Runs[0].AutomationID)
	if runs[0].State != rekey.RunSending {
		t.Errorf("the run is %s (%s), want sending", runs[0].State, runs[0].Reason)
	}
}

func TestSendingAPasswordWarnsOfTheCallsOfAHybridUser(t *testing.T) {
	t.Parallel()
	o := setup(t)
	caller := o.person(rekey.RoleMember, hybrid)
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.TouchPasswordCall(o.ctx, caller.ID, o.now()) }))
	would, err := o.PreviewSend(o.ctx, o.root, caller.ID)
	o.must(err)
	if would.Reason != "" || would.Params.OldPassword != rekey.KeepUntilChanged || would.Warning == "" {
		t.Errorf("sending would come to %+v", would)
	}
	sent, err := o.SendPassword(o.ctx, o.root, caller.ID)
	o.must(err)
	if len(sent.Warnings) != 1 || sent.Warnings[0].Message != would.Warning || len(sent.Runs) != 1 {
		t.Errorf("got %+v", sent)
	}
	o.runs(sent.Runs[0].AutomationID)
	_, err = o.SendPassword(o.ctx, o.root, caller.ID) // it is on its way already
	o.refused(err, rekey.CodeConflict)
}

func TestSendingAPasswordIsRefusedWhereItWouldComeToNothing(t *testing.T) {
	t.Parallel()
	o := setup(t)
	_, err := o.BlockUser(o.ctx, o.root, o.operator.ID, 0)
	o.must(err)
	program := o.person(rekey.RoleMember, api)
	o.unchanged(func() {
		_, err := o.SendPassword(o.ctx, o.root, o.operator.ID)
		o.refused(err, rekey.CodeConflict)
		_, err = o.PreviewSend(o.ctx, o.root, o.operator.ID)
		o.refused(err, rekey.CodeConflict)
		_, err = o.PreviewSend(o.ctx, o.manager, o.root.ID)
		o.refused(err, rekey.CodeNotFound)
		would, err := o.PreviewSend(o.ctx, o.root, o.member.ID)
		o.must(err)
		if would.Reason != "" || would.Automation.BuiltIn != admin.BuiltInSend || would.Params.OldPassword != rekey.ReplaceWhenSent {
			t.Errorf("sending would come to %+v", would)
		}
		would, err = o.PreviewSend(o.ctx, o.root, program.ID)
		o.must(err)
		if would.Reason != rekey.ReasonAPIUser {
			t.Errorf("an API user: the reason is %q", would.Reason)
		}
	})
	o.unchanged(func() {
		_, err := o.SendPassword(o.ctx, o.root, program.ID)
		o.refused(err, rekey.CodeConflict)
	})
	send, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	_, err = o.UpdateAutomation(o.ctx, o.root, send.ID, 0, func(a *rekey.Automation) error {
		a.EventFilter.User = o.manager.ID
		return nil
	})
	o.must(err)
	o.unchanged(func() {
		_, err := o.SendPassword(o.ctx, o.root, o.member.ID)
		o.refused(err, rekey.CodeConflict)
	})
	_, err = o.DeactivateAutomation(o.ctx, o.root, send.ID, 0)
	o.must(err)
	o.unchanged(func() {
		_, err := o.SendPassword(o.ctx, o.root, o.member.ID)
		o.refused(err, rekey.CodeConflict)
	})
}
