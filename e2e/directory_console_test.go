package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"rekey/client"
	"rekey/internal/directory/directorytest"
)

// A directory full of entries without an address makes no users, and the console says
// so. Managers test and import it there, and Administrators release what waits.
func TestConsoleImportsADirectoryFullOfEntriesWithoutAddress(t *testing.T) {
	t.Parallel()
	const without = 1200
	people := []directorytest.Person{{Login: "ada", Address: "ada@example.org", Password: startPassword}}
	for n := range without {
		people = append(people, directorytest.Person{Login: "nobody" + strconv.Itoa(n), Password: startPassword})
	}
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{People: people})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	e := withDirectory(t, server, server.Settings())
	as := func(role string) func(method, path string, form url.Values, says ...string) {
		p := e.person(client.User{Address: role + "@example.org", Role: role})
		b := e.browser("")
		b.logIn(p.Address, p.password)
		return func(method, path string, form url.Values, says ...string) {
			t.Helper()
			got := b.do(method, path, form)
			text := fmt.Sprint(got.status, " ", got.body)
			for _, part := range says {
				if !strings.Contains(text, part) {
					t.Errorf("%s: %s %s does not show %q: %s", role, method, path, part, text)
				}
			}
		}
	}
	member, manager, root := as("member"), as("manager"), as("administrator")
	e.sync()
	all, err := e.admin.Directories(t.Context())
	if err != nil || len(all) != 1 || all[0].Users != 1 || all[0].Entries["no_address"] != without {
		t.Errorf("%+v, %v", all, err)
	}

	grace := e.add("grace")
	manager("POST", "/directories/staff/import", url.Values{}, "200 ", "The import is done.", "Without address", "1,200")
	e.id(grace)
	manager("GET", "/directories/staff?reason=no_address", nil, "200 ", "1,200", "They have no email address in the directory")
	manager("POST", "/directories/staff/test", url.Values{}, "200 ", "takes the writes", "1200 without an email address", "may do what it needs")
	manager("GET", "/directories/staff/release", nil, strconv.Itoa(http.StatusForbidden))
	for _, act := range []string{"import", "test", "release"} {
		member("POST", "/directories/staff/"+act, url.Values{}, strconv.Itoa(http.StatusForbidden))
	}
	all, err = e.admin.Directories(t.Context())
	e.must(err)
	root("POST", "/directories/staff/release", url.Values{"count": {strconv.Itoa(all[0].Withheld)}}, "200 ", "The events are released.")
	if all, err = e.admin.Directories(t.Context()); err != nil || all[0].Withheld != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
