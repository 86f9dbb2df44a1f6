package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"rekey"
	"rekey/internal/app"
	"rekey/internal/directory"
	"rekey/internal/store"
)

// withStaff gives the server a directory that nobody serves: staff, of Active Directory.
func withStaff(c *app.Config) {
	c.Directories = app.Directories{{
		Name: "staff", Kind: directory.AD, Addresses: []string{"ldaps://127.0.0.1:1"}, Base: "dc=example,dc=org",
		BindDN: "rekey@example.org", Password: rekey.NewSecret("a secret of the tests"),
	}}
}

// imported is a system user of the directory staff, with a password there.
func (o *office) imported(changes ...func(*rekey.SystemUser)) rekey.SystemUser {
	o.t.Helper()
	u := o.newcomer(rekey.RoleMember, append([]func(*rekey.SystemUser){func(u *rekey.SystemUser) {
		u.Attributes = map[string]string{"department": "Navy"}
		u.Directory = rekey.DirectoryAccount{Directory: "staff", Key: "key-" + u.ID, Unit: "Sales/Berlin", Groups: []string{"kiosk", "sales"}}
	}}, changes...)...)
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error {
		return tx.NotePassword(o.t.Context(), u.ID, "token", o.now().Add(-10*24*time.Hour))
	}))
	return o.read(u.ID)
}

func TestPageSaysWhatTheDirectorySaysOfItsUser(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	show := func(changes ...func(*rekey.SystemUser)) seen {
		u := o.imported(changes...)
		return v.get("/users/" + u.ID).shows(http.StatusOK)
	}
	show().shows(http.StatusOK, "<bdi>staff</bdi></span>", "Password: in staff since 12 November 2026", "Sales/Berlin", "kiosk, sales").
		lacks("Chosen password", "Locked", "Blocked", "The address changed")
	blocked := func(by rekey.BlockedBy) func(*rekey.SystemUser) {
		return func(u *rekey.SystemUser) { u.Status, u.BlockedBy = rekey.UserBlocked, by }
	}
	show(blocked(rekey.BlockedByDirectory)).shows(http.StatusOK, "Blocked in staff<", "Block here, too", "Unblock the account in staff, and Rekey follows.").lacks("Restore", "/send-password")
	show(blocked(rekey.BlockedByBoth)).shows(http.StatusOK, "Blocked here and in staff<", "Restore")
	show(func(u *rekey.SystemUser) { u.Directory.LockedByAdmin = true }).shows(http.StatusOK, "Locked by an administrator of staff")
	show(func(u *rekey.SystemUser) { u.Directory.Protected = true }).shows(http.StatusOK, "Privileged in staff")
	u := o.imported()
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error {
		return tx.Revoke(t.Context(), map[string]string{u.ID: "d1"}, o.now())
	}))
	v.get("/users/"+u.ID).shows(http.StatusOK, "Password: revoked in staff").lacks("in staff since")
	v.get("/users").shows(http.StatusOK, "<bdi>staff</bdi></span>", "Blocked in staff<")
}

func TestRestoreHereDoesNotLiftTheBlockOfADirectory(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.imported(func(u *rekey.SystemUser) { u.Status, u.BlockedBy = rekey.UserBlocked, rekey.BlockedByBoth })
	v := o.as(o.root)
	v.get(v.post("/users/"+u.ID+"/restore", nil).leads("/users/"+u.ID).Header.Get("Location")).
		shows(http.StatusOK, "They stay blocked in the directory.", "Blocked in staff<")
	v.post("/users/"+u.ID+"/restore", nil).shows(http.StatusConflict, "unblock the account there")
	if got := o.read(u.ID); got.Status != rekey.UserBlocked {
		t.Errorf("status %s", got.Status)
	}
}

func TestFormLeavesToTheDirectoryWhatItDecides(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.imported()
	v, path := o.as(o.root), "/users/"+u.ID+"/edit"
	v.get(path).shows(http.StatusOK, "The directory staff decides these", "Navy", `name="role"`, `name="time_zone"`).
		lacks(`name="address"`, `name="first_name"`, `name="last_name"`, `name="type"`, `name="language"`, `name="attributes`)
	v.post(path, url.Values{
		"version": {"1"}, "go": {"save"}, "role": {"operator"}, "time_zone": {"Europe/Paris"}, "address": {"thief@example.org"},
		"first_name": {"Mallory"}, "type": {"api"}, "language": {"fr"}, "attributes[0].name": {"department"}, "attributes[0].value": {"Army"},
	}).leads("/users/" + u.ID)
	got := o.read(u.ID)
	if got.Role != rekey.RoleOperator || got.TimeZone != "Europe/Paris" {
		t.Errorf("not saved: %s, %s", got.Role, got.TimeZone)
	}
	if got.Address != u.Address || got.FirstName != "Ada" || got.Type != rekey.TypeUI || got.Language != "" || got.Attributes["department"] != "Navy" {
		t.Errorf("what the directory decides was changed: %+v", got)
	}
}

func TestSomebodyOfAHigherRankConfirmsAChangedAddress(t *testing.T) {
	t.Parallel()
	o := open(t)
	u := o.imported(func(u *rekey.SystemUser) {
		u.Role, u.Directory.AddressHeldUntil = rekey.RoleOperator, o.now().Add(71*time.Hour)
	})
	path := "/users/" + u.ID
	o.as(o.operator).get(path).shows(http.StatusOK, "The address changed in <bdi>staff</bdi> on ", ">22 November 2026, 13:00 CET<", "Somebody of a higher rank can confirm it").lacks("Confirm the address")
	o.as(o.operator).post(path+"/confirm-address", nil).shows(http.StatusForbidden)
	if o.read(u.ID).Directory.AddressHeldUntil.IsZero() {
		t.Fatal("an Operator confirmed the address of an Operator")
	}
	v := o.as(o.manager)
	v.get(path).shows(http.StatusOK, "Confirm the address", path+"/confirm-address")
	v.post(path+"/confirm-address", url.Values{"version": {"1"}}).leads(path)
	v.get(path).shows(http.StatusOK).lacks("Confirm the address", "The address changed")
}

func TestSendingSaysWhatHappensToTheOldPasswordInTheDirectory(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	u := o.imported()
	v.get("/users/"+u.ID+"/send-password").shows(http.StatusOK, "Their old password works in staff until they choose a new one.").
		lacks("stops working once the mail is sent", "all sessions and all tokens")
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.Revoke(t.Context(), map[string]string{u.ID: ""}, o.now()) }))
	v.get("/users/"+u.ID+"/send-password").shows(http.StatusOK, "Their old password in staff was revoked. They cannot log in there until they choose a new one.")
}
