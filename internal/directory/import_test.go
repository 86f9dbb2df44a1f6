package directory_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

// pass returns the accounts of a pass by their keys, and the next cookie.
func (s subject) pass(t *testing.T, since directory.Cookie) (map[directory.Key]directory.Account, directory.Cookie) {
	t.Helper()
	found := map[directory.Key]directory.Account{}
	next, err := s.directory.Pass(t.Context(), since, func(page []directory.Account) error {
		for _, a := range page {
			found[a.Key] = a
		}
		return nil
	})
	must(t, err)
	return found, next
}

func TestPassSeesWhatChanged(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		all, cookie := s.pass(t, "")
		if _, ok := all[key]; !ok {
			t.Fatal("a pass over all does not have the account")
		}
		for _, c := range []struct {
			name   string
			change func() error
			seen   func(directory.Account) bool
		}{
			{"new address", func() error { return s.server.Set(t.Context(), login, "mail", "new-"+login+"@example.org") },
				func(a directory.Account) bool { return a.Address == "new-"+login+"@example.org" }},
			{"no address", func() error { return s.server.Set(t.Context(), login, "mail") },
				func(a directory.Account) bool { return a.Address == "" }},
			{"new password", func() error { return s.server.SetPassword(t.Context(), login, first.Reveal()) },
				func(a directory.Account) bool { return a.Token != all[key].Token }},
			{"renamed", func() error { return s.server.Rename(t.Context(), login, "Other "+login) },
				func(a directory.Account) bool { return a.DN != all[key].DN }},
			{"moved", func() error { return s.server.Move(t.Context(), login, "Sales") },
				func(a directory.Account) bool { return a.Unit == "Sales" }},
			{"blocked", func() error { return s.server.Block(t.Context(), login) },
				func(a directory.Account) bool { return a.Blocked || a.LockedByAdmin }},
		} {
			must(t, c.change())
			var changed map[directory.Key]directory.Account
			changed, cookie = s.pass(t, cookie)
			if a, ok := changed[key]; !ok || !c.seen(a) {
				t.Errorf("%s: the pass has %v %+v", c.name, ok, a)
			}
		}
		for name, leave := range map[string]func(login string) error{
			"deleted":               func(l string) error { return s.server.Delete(t.Context(), l) },
			"moved out of the base": func(l string) error { return s.server.Move(t.Context(), l, "") },
		} {
			login, key := s.add(t)
			must(t, leave(login))
			if all, _ := s.pass(t, ""); all[key].Key != "" {
				t.Errorf("%s: a pass over all still has the account", name)
			}
		}
	})
}

func TestPassWithoutChangesIsSmall(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{People: crowd(500)})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	s := subject{"openldap", server, open(t, server.Settings())}
	all, cookie := s.pass(t, "")
	if len(all) != 500 {
		t.Fatalf("the pass has %d accounts", len(all))
	}
	if again, _ := s.pass(t, cookie); len(again) > 1 {
		t.Errorf("a pass without changes has %d accounts", len(again))
	}
}

func TestPassWaitsForSlowPages(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{People: crowd(300)})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	// A machine that is too slow for one patience is tried with a longer one.
	for patience := time.Second; ; patience *= 2 {
		d := open(t, server.Settings())
		directory.SetPatience(d, patience)
		_, err := d.Pass(t.Context(), "", func([]directory.Account) error {
			<-time.After(2 * patience)
			return nil
		})
		if err == nil {
			return
		}
		if patience > 10*time.Second {
			t.Fatal(err)
		}
	}
}

func TestCookieOfAnotherServerNeedsAFullPass(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		for _, cookie := range []directory.Cookie{"nonsense", "99999999999 CN=NTDS Settings", "1 CN=Other"} {
			if _, err := s.directory.Pass(t.Context(), cookie, func([]directory.Account) error { return nil }); !errors.Is(err, directory.ErrFullPass) {
				t.Errorf("%s: %v", cookie, err)
			}
		}
	}, "openldap") // its change numbers are the same on all servers
}

func TestPassEndsWithTheErrorOfThePage(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		s.add(t)
		full := errors.New("the store is full")
		if _, err := s.directory.Pass(t.Context(), "", func([]directory.Account) error { return full }); !errors.Is(err, full) {
			t.Error(err)
		}
	})
}

func TestJoiningAGroupIsSeenByGroups(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		group, above := "team-"+login, "all-"+login
		groups := func() (found []string) {
			t.Helper()
			must(t, s.directory.Groups(t.Context(), func(page []directory.Membership) error {
				for _, m := range page {
					if m.Key == key {
						found = m.Groups
					}
				}
				return nil
			}))
			return found
		}
		if slices.Contains(groups(), group) {
			t.Error("the person is a member before joining")
		}
		must(t, s.server.Join(t.Context(), login, group))
		if !slices.Contains(groups(), group) {
			t.Errorf("the groups are %q", groups())
		}
		if s.directory.Kind() == directory.AD {
			other, _ := s.add(t)
			must(t, s.server.Join(t.Context(), other, above))
			must(t, s.server.JoinGroup(t.Context(), group, above))
			must(t, s.server.JoinGroup(t.Context(), above, group)) // a circle
			if !slices.Contains(groups(), above) {
				t.Errorf("with the groups of groups they are %q", groups())
			}
		}
	})
}

func TestServiceAccountsAreFoundByTheFilter(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		_, person := s.add(t)
		_, program := s.add(t, func(p *directorytest.Person) {
			if s.directory.Kind() == directory.AD {
				p.Attributes = map[string][]string{"servicePrincipalName": {"HTTP/" + p.Login + ".example.org"}}
			} else {
				p.Attributes = map[string][]string{"objectClass": {"inetOrgPerson", "simpleSecurityObject"}}
			}
		})
		found, err := s.directory.Read(t.Context(), []directory.Key{person, program})
		must(t, err)
		if found[person].API || !found[program].API {
			t.Errorf("the person is a program: %v, the program is one: %v", found[person].API, found[program].API)
		}
		all, _ := s.pass(t, "")
		if all[person].API || !all[program].API {
			t.Errorf("in a pass the person is a program: %v, the program is one: %v", all[person].API, all[program].API)
		}
	})
}

// crowd returns n people.
func crowd(n int) []directorytest.Person {
	people := make([]directorytest.Person, n)
	for i := range people {
		people[i] = directorytest.Person{
			Login: fmt.Sprintf("crowd%d", i), Address: fmt.Sprintf("crowd%d@example.org", i), Password: "{SSHA}none",
		}
	}
	return people
}

func TestGroupsAreReadFromThePeopleWhereTheServerKeepsThemThere(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{MemberOf: true})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	s := subject{"openldap", server, open(t, server.Settings())}
	joined := map[directory.Key]string{}
	for range 3 { // more than one search for a single entry finds
		login, key := s.add(t)
		must(t, server.Join(t.Context(), login, "staff of "+login))
		must(t, server.JoinUID(t.Context(), login, "shell of "+login))
		joined[key] = login
	}
	_, lonely := s.add(t)
	must(t, s.directory.Groups(t.Context(), func(page []directory.Membership) error {
		for _, m := range page {
			var want []string
			if m.Key != lonely {
				want = []string{"shell of " + joined[m.Key], "staff of " + joined[m.Key]}
			}
			if !slices.Equal(m.Groups, want) {
				t.Errorf("the groups are %q, want %q", m.Groups, want)
			}
		}
		return nil
	}))
}

func TestPassOverManyNeedsLittleMemory(t *testing.T) {
	t.Parallel()
	const many = 20_000
	people := crowd(many)
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{People: people})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	must(t, server.JoinAll(t.Context(), "everybody", people...))
	must(t, server.JoinAll(t.Context(), "half", people[:many/2]...))
	d, joined := open(t, server.Settings()), 0
	for name, read := range map[string]func(ctx context.Context, page func()) error{
		"accounts": func(ctx context.Context, page func()) error {
			_, err := d.Pass(ctx, "", func([]directory.Account) error { page(); return nil })
			return err
		},
		"groups": func(ctx context.Context, page func()) error {
			return d.Groups(ctx, func(members []directory.Membership) error {
				page()
				for _, m := range members {
					joined += len(m.Groups)
				}
				return nil
			})
		},
	} {
		before, most, pages := live(), uint64(0), 0
		must(t, read(t.Context(), func() {
			if pages++; pages%20 == 0 {
				most = max(most, live())
			}
		}))
		if pages < many/200 {
			t.Errorf("%s: %d pages", name, pages)
		}
		t.Logf("%s: %d pages, at most %d KiB live, %d before", name, pages, most>>10, before>>10)
		if grown := int64(most) - int64(before); grown > 16<<20 {
			t.Errorf("%s: %d KiB more are live during the pass", name, grown>>10)
		}
	}
	if joined != many+many/2 {
		t.Errorf("there are %d memberships", joined)
	}
}

// live is the memory that is in use, in bytes.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
