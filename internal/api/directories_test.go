package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/store"
)

// staff is a directory in memory, with a test that finds a missing right.
type staff struct{ *directorytest.Fake }

func (staff) Addresses() []string { return []string{"ldaps://ldap.example.org"} }

func (staff) Test(context.Context) (directory.Report, error) {
	return directory.Report{
		Kind: directory.OpenLDAP, Address: "ldaps://ldap.example.org", Sample: "uid=ada", MissingRights: []string{"write userPassword"},
		Servers: []directory.ServerReport{{Address: "ldaps://ldap.example.org", CertificateNames: []string{"ldap.example.org"}, CertificateUntil: monday.Add(90 * 24 * time.Hour)}},
		Counts:  directory.Counts{Accounts: 2},
	}, nil
}

// Role leaves roles to people.
func (staff) Role([]string) rekey.Role { return "" }

// withStaff is an office with a directory of these people.
func withStaff(t *testing.T, kind directory.Kind, people ...directorytest.Person) (*office, staff) {
	t.Helper()
	d := staff{directorytest.NewFake(kind, func() time.Time { return monday })}
	for _, p := range people {
		if _, err := d.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return setup(t, func(c *admin.Config) { c.Directories = map[string]admin.Directory{"staff": d} }), d
}

func TestDirectoryIsImportedTestedAndReleased(t *testing.T) {
	t.Parallel()
	o, _ := withStaff(t, directory.OpenLDAP, directorytest.Person{Login: "ada", Address: "ada@example.org"}, directorytest.Person{Login: "bob"})
	root := o.as(o.root)
	counts, err := root.ImportDirectory(o.ctx, "staff", client.DirectoryImport{DryRun: true})
	o.must(err)
	if counts != (rekey.SyncCounts{Looked: 2, Created: 1, Withheld: 1}) {
		t.Errorf("dry run: %+v", counts)
	}
	if found, err := root.Users(o.ctx, client.UserFilter{Search: "ada@"}); err != nil || len(found.Items) != 0 {
		t.Errorf("imported by a dry run: %+v, %v", found.Items, err)
	}
	if _, err = root.ImportDirectory(o.ctx, "staff", client.DirectoryImport{Full: true}); err != nil {
		t.Fatal(err)
	}
	list, err := root.Directories(o.ctx)
	o.must(err)
	if len(list) != 1 || list[0].Name != "staff" || list[0].Kind != "openldap" || list[0].Users != 1 || list[0].Withheld != 1 ||
		!list[0].FullAt.Equal(monday) || list[0].Entries[rekey.EntryNoAddress] != 1 || !slices.Equal(list[0].Addresses, []string{"ldaps://ldap.example.org"}) {
		t.Errorf("directories: %+v", list)
	}
	entries, err := root.DirectoryEntries(o.ctx, "staff", rekey.EntryNoAddress, client.Paging{})
	o.must(err)
	if len(entries.Items) != 1 || entries.Items[0].UserID != "" || entries.Items[0].ReasonText == "" {
		t.Errorf("entries: %+v", entries.Items)
	}
	test, err := root.TestDirectory(o.ctx, "staff")
	o.must(err)
	if i := slices.IndexFunc(test.Findings, func(f rekey.Finding) bool { return f.Check == "rights" }); i < 0 ||
		test.Findings[i].Health != rekey.Ill || !strings.Contains(test.Findings[i].Found, "write userPassword") || !strings.Contains(test.Findings[i].Advice, "bind_dn") {
		t.Errorf("findings: %+v", test.Findings)
	}
	tried, err := root.TryAccount(o.ctx, "staff", "ada@example.org")
	o.must(err)
	if tried.DN != "uid=ada" || tried.UserID == "" || len(tried.Says) != 2 {
		t.Errorf("tried: %+v", tried)
	}
	if _, err := root.ReleaseEvents(o.ctx, "staff", 2); problemStatus(err) != http.StatusConflict {
		t.Errorf("another number was released: %v", err)
	}
	if released, err := root.ReleaseEvents(o.ctx, "staff", 1); err != nil || released.Released != 1 {
		t.Errorf("released: %+v, %v", released, err)
	}
}

func TestUserOfADirectoryShowsWhatTheDirectorySays(t *testing.T) {
	t.Parallel()
	o, d := withStaff(t, directory.AD, directorytest.Person{Login: "ada", Address: "ada@example.org"})
	root := o.as(o.root)
	importAll := func() {
		t.Helper()
		_, err := root.ImportDirectory(o.ctx, "staff", client.DirectoryImport{Full: true})
		o.must(err)
	}
	o.must(d.Join(o.ctx, "ada", "engineers"))
	importAll()
	o.must(d.Set(o.ctx, "ada", "mail", "new@example.org"))
	o.must(d.Block(o.ctx, "ada"))
	importAll()
	u, err := root.User(o.ctx, "new@example.org")
	o.must(err)
	if u.Directory != "staff" || !slices.Equal(u.DirectoryGroups, []string{"engineers"}) || u.BlockedBy != rekey.BlockedByDirectory ||
		!u.AddressHeldUntil.Equal(monday.Add(72*time.Hour)) {
		t.Errorf("user: %+v", u)
	}
	stale := u
	stale.Version--
	if _, err := root.ConfirmAddress(o.ctx, stale); problemStatus(err) != http.StatusPreconditionFailed {
		t.Errorf("confirmed by somebody who saw an earlier version: %v", err)
	}
	o.refused(request{method: "POST", path: "/api/v1/users/" + u.ID + "/confirm-address", as: o.root}, http.StatusPreconditionRequired)
	if u, err = root.ConfirmAddress(o.ctx, u); err != nil || !u.AddressHeldUntil.IsZero() {
		t.Errorf("confirmed: %+v, %v", u, err)
	}
	u.Directory, u.BlockedBy, u.FirstName = "other", "", "Augusta"
	if u, err = root.UpdateUser(o.ctx, u); err == nil && (u.Directory != "staff" || u.BlockedBy != rekey.BlockedByDirectory) {
		t.Errorf("a caller changed what only the directory says: %+v", u)
	}
	built, err := root.User(o.ctx, o.siem.ID)
	o.must(err)
	if built.Directory != "" || built.DirectoryGroups != nil || !built.AddressHeldUntil.IsZero() {
		t.Errorf("built-in user: %+v", built)
	}
}

func TestWhoMayUseDirectoriesOverTheAPI(t *testing.T) {
	t.Parallel()
	o, _ := withStaff(t, directory.OpenLDAP)
	verifier, err := o.db.Credential(o.ctx, o.root.ID)
	o.must(err)
	operator := o.person("operator@example.org", verifier.Verifier(), func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	manager := o.person("manager@example.org", verifier.Verifier(), func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	json := map[string]string{"Content-Type": "application/json"}
	for _, c := range []struct {
		as           rekey.SystemUser
		method, path string
		body         string
	}{
		{o.siem, "GET", "/directories", ""},
		{o.siem, "GET", "/directories/staff/entries", ""},
		{operator, "POST", "/directories/staff/test", ""},
		{operator, "POST", "/directories/staff/try", `{"user":"ada@example.org"}`},
		{operator, "POST", "/directories/staff/sync", `{}`},
		{manager, "POST", "/directories/staff/release", `{"events":1}`},
	} {
		o.refused(request{method: c.method, path: "/api/v1" + c.path, body: c.body, as: c.as, header: json}, http.StatusForbidden)
	}
	for _, path := range []string{"/test", "/try", "/sync", "/release"} {
		body := map[string]string{"/try": `{"user":"x"}`, "/sync": `{"full":true}`, "/release": `{"events":1}`}[path]
		o.refused(request{method: "POST", path: "/api/v1/directories/other" + path, body: body, as: o.root, header: json}, http.StatusNotFound)
	}
	o.refused(request{method: "GET", path: "/api/v1/directories/other/entries", as: o.root}, http.StatusNotFound)
	o.refused(request{method: "GET", path: "/api/v1/directories/staff/entries?reason=odd", as: o.root}, http.StatusUnprocessableEntity, "reason")
	o.refused(request{method: "POST", path: "/api/v1/directories/staff/release", body: `{"events":0}`, as: o.root, header: json}, http.StatusUnprocessableEntity, "events")
}

func TestDeliverySaysThatOthersChangedThePassword(t *testing.T) {
	t.Parallel()
	o, _ := withStaff(t, directory.OpenLDAP, directorytest.Person{Login: "ada", Address: "ada@example.org"})
	root := o.as(o.root)
	_, err := root.ImportDirectory(o.ctx, "staff", client.DirectoryImport{Full: true})
	o.must(err)
	ada, err := o.db.UserByKey(o.ctx, "ada@example.org")
	o.must(err)
	o.mail(ada)
	list, err := root.Deliveries(o.ctx, "", client.DeliveryFilter{UserID: ada.ID})
	o.must(err)
	read := func() client.Delivery {
		got, err := root.Delivery(o.ctx, list.Items[0].ID)
		o.must(err)
		return got
	}
	if got := read().ChangedThereAt; !got.IsZero() {
		t.Errorf("changed at %s before anybody did", got)
	}
	later := o.now().Add(time.Minute)
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.NotePassword(o.ctx, ada.ID, "another", later) }))
	if got := read().ChangedThereAt; !got.Equal(later) {
		t.Errorf("changed at %s", got)
	}
	user, err := root.User(o.ctx, ada.ID)
	o.must(err)
	if !user.PasswordChangedAt.Equal(later) {
		t.Errorf("the user's password changed at %s", user.PasswordChangedAt)
	}
}
