package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/directory/directorytest"
)

// Somebody who may write mail in the directory takes another's address, waits a day, and
// asks for a password.
func TestAddressThatChangesInADirectoryTakesOverNobody(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		mallory, grace := e.add("mallory"), e.add("grace")
		e.sync()
		katherine := person{User: client.User{Address: "katherine@example.org"}} // the Administrator
		stolen := person{User: client.User{Address: e.login("mallory") + "@example.net"}}
		lie := func(address string) {
			e.must(e.server.Set(t.Context(), e.login("mallory"), "mail", address))
			e.sync()
			e.pass(25 * time.Hour)
			e.sync()
		}
		for _, victim := range []person{katherine, grace} {
			lie(victim.Address)
			e.forgot(victim.Address)
			mailed := e.received(victim) // their own password
			e.wantEntry(victim, mailed, toChange)
			e.wantEntry(mallory, mailed, refused)
		}
		e.forgot(mallory.Address)
		e.ends("other_address_in_directory")

		lie(stolen.Address)
		e.forgot(stolen.Address)
		e.ends("address_changed_in_directory")
		if mails := append(e.mailed(stolen), e.mailed(mallory)...); strings.Join(mails, "") != "" {
			t.Errorf("passwords were mailed: %q", mails)
		}
		e.pass(48 * time.Hour) // then it is theirs
		e.sync()
		e.forgot(stolen.Address)
		e.page(stolen, e.received(stolen), "")
		e.binds("mallory", chosenThere, true)
		e.binds("grace", startPassword, true)
	})
}

// ends waits until the newest delivery was skipped for a reason.
func (e *estateOf) ends(reason string) {
	e.t.Helper()
	eventually(e.t, "a delivery that ends with "+reason, func() bool {
		found, err := e.admin.Deliveries(e.t.Context(), "", client.DeliveryFilter{State: "skipped"})
		e.must(err)
		return slices.ContainsFunc(found.Items, func(d client.Delivery) bool { return d.Reason == reason })
	})
}

// Failed log-ins of a stranger change the entry (OpenLDAP: entryCSN), and lock the
// account in the end. Neither is a new password.
func TestFailedLogInsOfAStrangerEndNoMailedPassword(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		e.ahead.Store(0) // the directory says by its own clock when a password was changed
		grace, rita := e.add("grace"), e.add("rita")
		for _, name := range []string{"grace", "rita"} {
			e.must(e.server.SetPolicy(t.Context(), e.login(name), directorytest.Policy{MaxFailures: 4}))
		}
		e.sync()
		e.forgot(grace.Address)
		mailed := e.received(grace)
		before, err := e.admin.User(t.Context(), e.id(grace))
		e.must(err)
		version, err := e.server.Attribute(t.Context(), e.login("grace"), "entryCSN")
		e.must(err)
		for range 3 {
			e.binds("grace", "A guess of a stranger 1", false)
			e.binds("rita", "A guess of a stranger 1", false)
		}
		if now, err := e.server.Attribute(t.Context(), e.login("grace"), "entryCSN"); err != nil || !e.ad() && slices.Equal(now, version) {
			t.Errorf("entryCSN is still %q, %v", now, err)
		}
		e.sync()
		after, err := e.admin.User(t.Context(), e.id(grace))
		e.must(err)
		if !after.PasswordChangedAt.Equal(before.PasswordChangedAt) {
			t.Errorf("the password counts as changed at %s, before %s", after.PasswordChangedAt, before.PasswordChangedAt)
		}
		e.notChangedThere(grace)
		e.wantEntry(grace, mailed, toChange)
		e.binds("grace", "A guess of a stranger 1", false) // the fourth locks
		e.binds("grace", startPassword, false)
		e.page(grace, mailed, "")
		e.binds("grace", chosenThere, true)

		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
		if d := e.finish(e.leaked(rita))[rita.Address]; d.State != "sent" {
			t.Errorf("the delivery is %s %s", d.State, d.Reason)
		}
		e.page(rita, e.received(rita), "")
		e.binds("rita", chosenThere, true)
	})
}

// notChangedThere checks that the delivery to somebody shows no change of their password
// in the directory.
func (e *estateOf) notChangedThere(p person) {
	e.t.Helper()
	found, err := e.admin.Deliveries(e.t.Context(), "", client.DeliveryFilter{UserID: e.id(p)})
	e.must(err)
	if len(found.Items) != 1 {
		e.t.Fatalf("%d deliveries to %s", len(found.Items), p.Address)
	}
	d, err := e.admin.Delivery(e.t.Context(), found.Items[0].ID)
	e.must(err)
	if !d.ChangedThereAt.IsZero() {
		e.t.Errorf("the password of %s counts as changed in the directory at %s", p.Address, d.ChangedThereAt)
	}
}

// id is the id of an imported person.
func (e *estateOf) id(p person) string {
	e.t.Helper()
	found, err := e.admin.Users(e.t.Context(), client.UserFilter{Search: p.Address})
	e.must(err)
	if len(found.Items) != 1 {
		e.t.Fatalf("%d system users are %s", len(found.Items), p.Address)
	}
	return found.Items[0].ID
}

// A directory that answers success to whatever it is asked locks nobody out, and what it
// says is not believed.
func TestDirectoryThatSaysYesToEverythingIsNotBelieved(t *testing.T) {
	t.Parallel()
	inRealDirectories(t, func(t *testing.T, server directorytest.Real) {
		e, proxy := withProxy(t, server)
		lies := func(about func(directorytest.Operation) bool) {
			proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
				if about(o) {
					return directorytest.SayYes
				}
				return directorytest.PassOn
			})
		}
		grace, rita := e.add("grace"), e.add("rita")
		e.sync()
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
		e.forgot(grace.Address)
		mailed := e.received(grace)

		lies(func(directorytest.Operation) bool { return true })
		e.page(grace, mailed, "cannot be reached at the moment. Nothing was changed")
		// It lets Rekey in, but shows no entry: nobody is missing.
		requests := 0
		lies(func(o directorytest.Operation) bool {
			if o == directorytest.Bind {
				requests = 0
			}
			requests++
			return o == directorytest.Search && requests > map[bool]int{false: 2, true: 5}[e.ad()]
		})
		for n := range 3 {
			_, err := e.app.Admin.Sync(t.Context(), e.name, "test", true, false)
			if n > 0 && err == nil {
				t.Error("who is missing is taken for gone")
			}
			e.pass(2 * time.Hour)
		}
		for _, p := range []person{grace, rita} {
			if u, err := e.admin.User(t.Context(), e.id(p)); err != nil || u.Status != "active" {
				t.Errorf("%s is %s, %v", p.Address, u.Status, err)
			}
		}

		lies(directorytest.Operation.Write)
		e.page(grace, mailed, "may already work there. If it does not, choose it here again")
		e.binds("grace", startPassword, true)
		event := e.leaked(rita)
		e.run(event, func(r client.Run) bool { return e.deliveries(r)[rita.Address].Reason == "directory_down" })
		e.binds("rita", startPassword, true)
		if len(e.mailed(rita)) != 0 {
			t.Error("a mail went out, and nothing was revoked")
		}

		proxy.Rule(nil)
		e.page(grace, mailed, "")
		e.binds("grace", chosenThere, true)
		e.pass(2 * time.Minute)
		if d := e.finish(event)[rita.Address]; d.State != "sent" {
			t.Errorf("the delivery is %s %s", d.State, d.Reason)
		}
		e.binds("rita", startPassword, false)
		e.page(rita, e.received(rita), "")
		e.binds("rita", chosenThere, true)
	})
}

// A server with the certificate of another authority is told nothing: no password of
// Rekey's account, and none that somebody chooses.
func TestServerWithAForeignCertificateIsToldNothing(t *testing.T) {
	t.Parallel()
	inRealDirectories(t, func(t *testing.T, server directorytest.Real) {
		e, proxy := withProxy(t, server)
		grace, rita := e.add("grace"), e.add("rita")
		e.sync()
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
		e.forgot(grace.Address)
		mailed := e.received(grace)

		e.must(proxy.Impersonate(true))
		proxy.Rule(nil) // counts the requests from here on
		e.page(grace, mailed, "cannot be reached at the moment. Nothing was changed")
		event := e.leaked(rita)
		e.run(event, func(r client.Run) bool { return e.deliveries(r)[rita.Address].Reason == "directory_down" })
		_, err := e.admin.ImportDirectory(t.Context(), e.name, client.DirectoryImport{})
		wantProblem(t, err, 503)
		if all, err := e.admin.Directories(t.Context()); err != nil || !strings.Contains(all[0].Problem, "The import failed") {
			t.Errorf("the list says %+v, %v", all, err)
		}
		test, err := e.admin.TestDirectory(t.Context(), e.name)
		if err != nil || len(test.Findings) != 1 || test.Findings[0].Health != rekey.Ill ||
			!strings.Contains(test.Findings[0].Found, "certificate") || !strings.Contains(test.Findings[0].Advice, "ca_file") {
			t.Errorf("the test says %+v, %v", test, err)
		}
		if n := proxy.Requests(); n != 0 || len(e.mailed(rita)) != 0 {
			t.Errorf("%d requests, %d mails", n, len(e.mailed(rita)))
		}
		e.binds("grace", startPassword, true)
		e.binds("rita", startPassword, true)

		e.must(proxy.Impersonate(false))
		e.page(grace, mailed, "")
		e.pass(2 * time.Minute)
		if d := e.finish(event)[rita.Address]; d.State != "sent" {
			t.Errorf("the delivery is %s %s", d.State, d.Reason)
		}
		e.binds("rita", startPassword, false)
	})
}
