package access

import (
	"testing"
	"time"

	"rekey"
)

var first = Profile{Address: "root@example.org", FirstName: "Ro", LastName: "Ot"}

func TestFirstAdministratorIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := f.MakeSetupLink(t.Context(), "")
	f.ok(err)
	other, err := f.MakeSetupLink(t.Context(), "") // takes the place of the first
	f.ok(err)
	if _, err := f.UseSetupLink(t.Context(), token, first, secret(chosen2)); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("a link that was replaced: %v", err)
	}
	e, err := f.UseSetupLink(t.Context(), other, first, secret(chosen2))
	f.ok(err)
	if e.User.Role != rekey.RoleAdministrator || e.User.Type != rekey.TypeHybrid || e.MustChange() {
		t.Errorf("the first administrator is %+v", e.User)
	}
	f.ok(f.logIn(first.Address, chosen2, home))
	if _, err := f.UseSetupLink(t.Context(), other, Profile{Address: "second@example.org"}, secret(chosen3)); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("the link worked twice: %v", err)
	}
	if _, err := f.MakeSetupLink(t.Context(), ""); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("a link for a first administrator beside one: %v", err)
	}
}

func TestSetupLinkForFirstAdministratorEndsWhenThereIsOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := f.MakeSetupLink(t.Context(), "")
	f.ok(err)
	f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	if _, err := f.UseSetupLink(t.Context(), token, first, secret(chosen2)); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("got %v", err)
	}
}

func TestSetupLinkExpires(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := f.MakeSetupLink(t.Context(), "")
	f.ok(err)
	f.pass(time.Hour)
	if _, err := f.SetupLink(t.Context(), token); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("after an hour: %v", err)
	}
}

func TestBadSetupTellsAllFieldsAndKeepsLink(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := f.MakeSetupLink(t.Context(), "")
	f.ok(err)
	_, err = f.UseSetupLink(t.Context(), token, Profile{Address: "root@example.org\r\nBcc: x@example.org", FirstName: "http://x"}, secret("short"))
	if got := fields(err); !got["address"] || !got["first_name"] || !got["new_password"] {
		t.Errorf("fields named: %v", got)
	}
	if n, _ := f.db.CountAdministrators(t.Context(), ""); n != 0 {
		t.Errorf("%d administrators stored", n)
	}
	_, err = f.UseSetupLink(t.Context(), token, first, secret(chosen2))
	f.ok(err)
}

func TestRecoveredAdministratorGetsInAndNobodyElseStays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	token, err := f.MakeSetupLink(t.Context(), u.ID)
	f.ok(err)
	if named, err := f.SetupLink(t.Context(), token); err != nil || named.ID != u.ID {
		t.Errorf("the link is for %q, %v", named.ID, err)
	}
	e, err := f.UseSetupLink(t.Context(), token, Profile{}, secret(chosen2))
	f.ok(err)
	if e.User.PasswordVersion == u.PasswordVersion {
		t.Error("sessions of the old password live on")
	}
	f.refused(f.logIn(u.Address, chosen, home))
	f.refused(f.logIn(u.Address, mailed, home))
	f.ok(f.logIn(u.Address, chosen2, home))
}

func TestOnlyAnActiveAdministratorCanBeRecovered(t *testing.T) {
	t.Parallel()
	f := setup(t)
	manager := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	if _, err := f.MakeSetupLink(t.Context(), manager.ID); rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Errorf("a manager: %v", err)
	}
	admin := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	token, err := f.MakeSetupLink(t.Context(), admin.ID)
	f.ok(err)
	f.change(admin, func(u *rekey.SystemUser) { u.Role = rekey.RoleMember })
	if _, err := f.UseSetupLink(t.Context(), token, Profile{}, secret(chosen2)); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("demoted meanwhile: %v", err)
	}
}
