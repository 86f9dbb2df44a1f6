package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/directory/directorytest"
)

// page opens the page with a mailed password and chooses chosenThere. says is a part of
// what it answers; "" means that the password is set.
func (e *estateOf) page(p person, mailed, says string) {
	e.t.Helper()
	b := e.browser("")
	if got := b.logIn(p.Address, mailed); entryOf(e.t, got) != toChange {
		e.t.Errorf("%s: the mailed password leads to %s", p.Address, got.path)
		return
	}
	got := b.choose("", chosenThere)
	if says == "" && got.path != "/login" || says != "" && (got.path == "/login" || !strings.Contains(got.body, says)) {
		e.t.Errorf("%s: after the choice: %d %s, want %q\n%s", p.Address, got.status, got.path, says, got.body)
	}
}

// passwordSet is when the password of a name was set, as the directory says.
func (e *estateOf) passwordSet(name string) string {
	e.t.Helper()
	attribute := map[bool]string{true: "pwdLastSet", false: "pwdChangedTime"}[e.ad()]
	values, err := e.server.Attribute(e.t.Context(), e.login(name), attribute)
	e.must(err)
	return strings.Join(values, " ")
}

// What happens in the directory between the mail and the page is said on the page, and
// nothing is written.
func TestWhatTheDirectoryDoesBeforeThePageIsSaidThere(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		ctx := t.Context()
		set := func(attribute, value string) func(string) error {
			return func(login string) error { return e.server.Set(ctx, login, attribute, value) }
		}
		type change struct {
			do   func(login string) error
			says string
			undo func(login string) error
		}
		changes := map[string]change{
			"gone":  {func(login string) error { return e.server.Delete(ctx, login) }, "no longer in the directory", nil},
			"moved": {func(login string) error { return e.server.Move(ctx, login, "") }, "no longer in the directory", nil},
			"other": {set("mail", "mallory@example.org"), "another email address", nil},
			"named": {func(login string) error { return e.server.Rename(ctx, login, login+" Married") }, "", nil},
			"sales": {func(login string) error { return e.server.Move(ctx, login, "Sales") }, "", nil},
		}
		if e.ad() {
			changes["disabled"] = change{set("userAccountControl", "514"), "disabled in the directory", set("userAccountControl", "512")}
			changes["admin"] = change{func(login string) error { return e.server.Join(ctx, login, "Domain Admins") }, "power over the directory", nil}
			group := e.login("helpers")
			changes["nested"] = change{func(login string) error {
				if err := e.server.Join(ctx, login, group); err != nil {
					return err
				}
				return e.server.JoinGroup(ctx, group, "Account Operators")
			}, "power over the directory", nil}
		} else {
			changes["disabled"] = change{set("pwdEndTime", "20200101000000Z"), "disabled in the directory", func(login string) error {
				return e.server.Set(ctx, login, "pwdEndTime")
			}}
			changes["locked"] = change{func(login string) error { return e.server.Block(ctx, login) }, "administrator locked", func(login string) error {
				return e.server.Set(ctx, login, "pwdAccountLockedTime")
			}}
		}
		people, list := map[string]person{}, []person{}
		for name := range changes {
			people[name] = e.add(name)
			list = append(list, people[name])
		}
		e.sync()
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, nil)
		event := e.leaked(list...)
		e.finish(event)
		for name, c := range changes {
			p := people[name]
			before := e.passwordSet(name)
			e.must(c.do(e.login(name)))
			mailed := e.mailed(p)[0]
			e.page(p, mailed, c.says)
			if c.says == "" {
				e.binds(name, chosenThere, true)
				continue
			}
			if name != "gone" && e.passwordSet(name) != before {
				t.Errorf("%s: a password was set", name)
			}
			if c.undo != nil {
				e.must(c.undo(e.login(name)))
				e.binds(name, startPassword, true)
				e.page(p, mailed, "")
				e.binds(name, chosenThere, true)
			}
		}
	})
}

// A directory that cannot be written, or not by Rekey, costs nobody anything: the old
// password goes on, nothing is sent for revoke, and the mail waits for better times.
func TestDirectoryThatIsNotWrittenLocksNobodyOut(t *testing.T) {
	t.Parallel()
	t.Run("read-only", func(t *testing.T) {
		t.Parallel()
		server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		e := withDirectory(t, server, server.Settings())
		turn := func(on bool) func() { return func() { e.must(server.ReadOnly(t.Context(), on)) } }
		e.isNotWritten(turn(true), turn(false), "cannot be reached at the moment. Nothing was changed", "directory_down")
	})
	t.Run("no right", func(t *testing.T) {
		t.Parallel()
		server := shared(t, sharedSamba)
		settings, account := server.Settings(), fmt.Sprintf("svc-%d", estates.Add(1))
		_, err := server.Add(t.Context(), directorytest.Person{Login: account, Password: startPassword})
		if err != nil {
			t.Fatal(err)
		}
		settings.BindDN, settings.Password = account+"@ad.rekey.test", rekey.NewSecret(startPassword)
		e := withDirectory(t, server, settings)
		e.isNotWritten(func() {}, func() { e.must(server.Join(t.Context(), account, "Domain Admins")) },
			"Rekey may not set this password in the directory", "refused_by_directory")
	})
}

// isNotWritten has a directory not be written from the mail on, and be written again.
func (e *estateOf) isNotWritten(begin, end func(), says, reason string) {
	e.t.Helper()
	grace, rita := e.add("grace"), e.add("rita")
	e.sync()
	e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
	e.forgot(grace.Address) // keeps the old password
	mailed := e.received(grace)
	begin()
	e.page(grace, mailed, says)
	e.binds("grace", startPassword, true)
	event := e.leaked(rita)
	waits := func() (d client.Delivery) {
		e.run(event, func(r client.Run) bool {
			d = e.deliveries(r)[rita.Address]
			return d.Reason == reason
		})
		return d
	}
	d := waits()
	if len(e.mailed(rita)) != 0 {
		e.t.Error("a mail went out, and nothing was revoked")
	}
	e.binds("rita", startPassword, true)

	end()
	e.binds("grace", startPassword, true)
	e.page(grace, mailed, "")
	e.binds("grace", chosenThere, true)
	if d.State != "cancelled" {
		e.pass(2 * time.Minute)
	} else {
		event = e.leaked(rita)
	}
	if d := e.finish(event)[rita.Address]; d.State != "sent" {
		e.t.Errorf("the delivery is %s %s", d.State, d.Reason)
	}
	e.binds("rita", startPassword, false)
	e.page(rita, e.received(rita), "")
	e.binds("rita", chosenThere, true)
}

// forgot asks for a password on the log-in page.
func (e *estateOf) forgot(address string) {
	e.t.Helper()
	e.browser("").post("/forgot-password", url.Values{"address": {address}})
}

// received waits for the only mail to a person, and returns its password.
func (e *estateOf) received(p person) string {
	e.t.Helper()
	eventually(e.t, "a mail to "+p.Address, func() bool { return len(e.mailed(p)) > 0 })
	list := e.mailed(p)
	if len(list) != 1 {
		e.t.Fatalf("%d mails to %s", len(list), p.Address)
	}
	return list[0]
}
