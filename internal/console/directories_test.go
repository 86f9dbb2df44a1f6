package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/store"
)

// entered puts entries of the directory staff into the database.
func (o *office) entered(entries ...rekey.DirectoryEntry) {
	o.t.Helper()
	for i := range entries {
		entries[i].SeenAt = o.now().Add(-48 * time.Hour)
	}
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error { return tx.PutDirectoryEntries(o.t.Context(), "staff", entries) }))
}

func TestDirectoriesAreOnlyWhereTheSettingsHaveOne(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	v.get("/").shows(http.StatusOK).lacks("/directories")
	for _, path := range []string{"/directories", "/directories/staff", "/directories/staff/release"} {
		v.get(path).shows(http.StatusNotFound)
	}
	v.post("/directories/staff/import", nil).shows(http.StatusNotFound)
	v.post("/directories/staff/test", nil).shows(http.StatusNotFound)
}

func TestPageOfDirectoriesSaysWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	o := open(t, withStaff)
	held := o.imported(func(u *rekey.SystemUser) { u.FirstName = "Grace" })
	o.entered(
		rekey.DirectoryEntry{Key: "key-1", Address: o.member.Address, Reason: rekey.EntryConflict},
		rekey.DirectoryEntry{Key: "key-2", Reason: rekey.EntryNoAddress},
		rekey.DirectoryEntry{Key: "key-3", Address: "<script>alert(1)</script>", Reason: rekey.EntryBadAddress},
		rekey.DirectoryEntry{Key: "key-4", UserID: held.ID, Address: held.Address, Reason: rekey.EntryAddressChanged},
		rekey.DirectoryEntry{Key: "key-5", UserID: o.root.ID, Address: o.root.Address, Reason: rekey.EntryProtected},
	)
	v := o.as(o.operator)
	v.get("/").shows(http.StatusOK, `href="/directories"`)
	v.get("/directories").shows(http.StatusOK, "Active Directory", "ldaps://127.0.0.1:1", "Conflicts", "Without address", "Bad address", "Changed address").
		lacks("Import now", "/test", "Release", "to be released")
	o.SyncDirectories(t.Context())
	v.get("/directories").shows(http.StatusOK, "Imports fail", "Rekey tries again every 5 minutes.")
	o.completeImportFailed()
	v.get("/directories").shows(http.StatusOK, "Imports fail", "Rekey tries a complete import again one hour after it failed").lacks("every 5 minutes")
	v.get("/directories/staff").shows(http.StatusOK, "Somebody else here has its address.", "has this address here", "Grace", "&lt;script&gt;", "not imported").
		lacks("<script>alert", o.root.Address)
	v.get("/directories/staff?reason=no_address").shows(http.StatusOK, "key-2", "They have no email address in the directory").lacks("key-1", "key-4")
	v.get("/directories/other").shows(http.StatusNotFound)
	o.as(o.member).get("/directories").shows(http.StatusForbidden)
}

// completeImportFailed stores that a complete import of staff failed after it had begun to
// read.
func (o *office) completeImportFailed() {
	o.t.Helper()
	err := o.DB.Update(o.t.Context(), func(tx *store.Tx) error {
		d, err := tx.Directory(o.t.Context(), "staff")
		if err != nil {
			return err
		}
		if _, err := tx.ClaimDirectory(o.t.Context(), "staff", "test", o.now(), o.now().Add(time.Hour)); err != nil {
			return err
		}
		d.TriedAt = o.now()
		return tx.PutDirectory(o.t.Context(), d, "test")
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestWhoCannotLogInUntilAnAddressIsConfirmedIsSeen(t *testing.T) {
	t.Parallel()
	o := open(t, withStaff)
	u := o.imported(func(u *rekey.SystemUser) {
		u.FirstName, u.Directory.AddressHeldUntil = "Grace", o.now().Add(71*time.Hour)
	})
	if err := o.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.Revoke(t.Context(), map[string]string{u.ID: ""}, o.now()) }); err != nil {
		t.Fatal(err)
	}
	o.entered(rekey.DirectoryEntry{Key: u.Directory.Key, UserID: u.ID, Address: u.Address, Reason: rekey.EntryNoWayIn})
	const list = "/directories/staff?reason=no_way_in"
	v := o.as(o.root)
	v.get("/").shows(http.StatusOK, "1 system user of staff cannot log in: the old password was revoked, and the address changed since.", `href="`+list+`"`)
	v.get("/directories").shows(http.StatusOK, `href="`+list+`"`, "their old password was revoked and their address changed since")
	v.get(list).shows(http.StatusOK, "Grace", "Cannot log in: their old password was revoked and their address changed since.", "/users/"+u.ID)
	v.get("/users/"+u.ID).shows(http.StatusOK, "They cannot log in: their old password was revoked.", "Password: revoked in staff")
	v.post("/users/"+u.ID+"/confirm-address", url.Values{"version": {"1"}}).leads("/users/" + u.ID)
	v.get("/").shows(http.StatusOK).lacks("cannot log in")
	v.get("/users/" + u.ID).shows(http.StatusOK).lacks("They cannot log in")
}

func TestEntriesOfADirectoryArePaged(t *testing.T) {
	t.Parallel()
	o := open(t, withStaff)
	for n := range 3 {
		var entries []rekey.DirectoryEntry
		for i := range 20 {
			entries = append(entries, rekey.DirectoryEntry{Key: "key-" + string(rune('a'+n)) + string(rune('a'+i)), Reason: rekey.EntryNoAddress})
		}
		o.entered(entries...)
	}
	v := o.as(o.operator)
	first := v.get("/directories/staff?rows=25").shows(http.StatusOK, "key-aa", "key-be", `rel="next"`).lacks("key-bf")
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(first.body)
	v.get(strings.ReplaceAll(next[1], "&amp;", "&")).shows(http.StatusOK, "key-bf", `rel="prev"`).lacks("key-be<")
}

func TestAdministratorReleasesEventsByTheirNumber(t *testing.T) {
	t.Parallel()
	o := open(t, withStaff)
	u := o.imported()
	o.entered(rekey.DirectoryEntry{Key: "key-1", UserID: u.ID, Address: u.Address})
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error {
		if err := tx.PutDirectoryEvents(o.t.Context(), "staff", []rekey.DirectoryEvent{{Event: rekey.UserCreated, UserID: u.ID}}); err != nil {
			return err
		}
		_, err := tx.WithholdEvents(o.t.Context(), "staff")
		return err
	}))
	o.as(o.manager).get("/directories").shows(http.StatusOK, "1 event waits to be released", "An Administrator can release them.").lacks("/release")
	o.as(o.manager).post("/directories/staff/release", url.Values{"count": {"1"}}).shows(http.StatusForbidden)
	v, path := o.as(o.root), "/directories/staff/release"
	v.get("/directories").shows(http.StatusOK, `href="/directories/staff/release"`, "Release 1 event")
	v.get(path).shows(http.StatusOK, "Release 1 event", "To confirm, type the number of events")
	v.post(path, url.Values{"count": {"many"}}).shows(http.StatusUnprocessableEntity, "Type the number of events that wait")
	v.post(path, url.Values{"count": {"2"}}).shows(http.StatusConflict, "1 event waits, not 2.")
	v.post(path, url.Values{"count": {"1"}}).leads("/directories")
	v.get(path).shows(http.StatusOK, "No event of the directory staff waits.")
	v.get("/events?type=user.created").shows(http.StatusOK, "1 event")
}

func TestTestOfADirectoryShowsWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := open(t, withStaff)
	v := o.as(o.manager)
	v.get("/directories").shows(http.StatusOK, "Import now", "Test")
	v.post("/directories/staff/test", nil).shows(http.StatusOK, "Test of staff", "Wrong", "ldaps://127.0.0.1:1: ", "connection refused", "Check the setting addresses")
	o.as(o.operator).post("/directories/staff/test", nil).shows(http.StatusForbidden)
	o.as(o.operator).post("/directories/staff/import", nil).shows(http.StatusForbidden)
}
