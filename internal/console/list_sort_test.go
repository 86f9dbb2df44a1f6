package console_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey"
)

var shownNames = regexp.MustCompile(`data-open><bdi>([^<]*)</bdi>`)

// walk returns the names on all pages of a list, to its end and back to its start.
func (v *visitor) walk(path string) (forth, back []string) {
	v.o.t.Helper()
	link := func(page seen, rel string) string {
		found := regexp.MustCompile(`href="([^"]*)" rel="` + rel + `"`).FindStringSubmatch(page.body)
		if found == nil {
			return ""
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	names := func(page seen) (list []string) {
		for _, found := range shownNames.FindAllStringSubmatch(page.shows(http.StatusOK).body, -1) {
			list = append(list, found[1])
		}
		return list
	}
	page := v.get(path)
	for {
		forth = append(forth, names(page)...)
		next := link(page, "next")
		if next == "" {
			break
		}
		page = v.get(next)
	}
	for {
		back = append(names(page), back...)
		previous := link(page, "prev")
		if previous == "" {
			return forth, back
		}
		page = v.get(previous)
	}
}

// Pages of a sorted list follow each other in its order, both ways, and leave nobody out.
func TestListsAreSortedOverAllPages(t *testing.T) {
	t.Parallel()
	o := open(t)
	var names, addresses []string
	for i := range 60 {
		first := fmt.Sprintf("P%02d", (i*7)%60)
		u := o.newcomer(rekey.RoleMember, func(u *rekey.SystemUser) {
			u.FirstName, u.LastName, u.Address = first, "X", fmt.Sprintf("p%02d@list.example", (i*11)%60)
		})
		names, addresses = append(names, first+" X"), append(addresses, u.Address+" "+first+" X")
		o.automation(o.root, fmt.Sprintf("A%02d", (i*7)%60), false)
	}
	created := slices.Clone(names)
	slices.Sort(names)
	slices.Sort(addresses)
	for i := range addresses {
		_, addresses[i], _ = strings.Cut(addresses[i], " ")
	}
	automations := make([]string, 60)
	for i := range automations {
		automations[i] = fmt.Sprintf("A%02d", i)
	}
	reversed := func(list []string) []string {
		list = slices.Clone(list)
		slices.Reverse(list)
		return list
	}
	v := o.as(o.root)
	for path, want := range map[string][]string{
		"/users?search=list.example&rows=25":               names,
		"/users?search=list.example&rows=25&sort=-name":    reversed(names),
		"/users?search=list.example&rows=25&sort=address":  addresses,
		"/users?search=list.example&rows=25&sort=-address": reversed(addresses),
		"/users?search=list.example&rows=25&sort=created":  created,
		"/users?search=list.example&rows=25&sort=-created": reversed(created),
		"/users?search=list.example&rows=25&sort=nonsense": names,
		"/users?search=list.example&rows=50&sort=name":     names,
		"/users?search=list.example&rows=7":                names,
		"/automations?status=draft&rows=25":                automations,
		"/automations?status=draft&rows=25&sort=-name":     reversed(automations),
		"/automations?status=draft&rows=25&sort=owner":     automations,
		"/automations?status=draft&rows=25&sort=-event":    reversed(automations),
	} {
		forth, back := v.walk(path)
		if !slices.Equal(forth, want) || !slices.Equal(back, want) {
			t.Errorf("%s:\ngot      %v\nand back %v\nwant     %v", path, forth, back, want)
		}
	}
	v.get("/users?rows=25&sort=-name").shows(http.StatusOK, `<th scope="col" aria-sort="descending"><a href="/users?rows=25&amp;sort=name">Name`,
		`<option value="-name" selected>`, `aria-current="true">25</a>`, `<input type="hidden" name="rows" value="25">`)
	if n := strings.Count(v.says("/users", map[string]string{"Sec-CH-UA-Mobile": "?1"}).body, "<tr data-row>"); n != 25 {
		t.Errorf("a phone gets %d rows", n)
	}
}

func TestRunsAreListedFromEitherEnd(t *testing.T) {
	t.Parallel()
	o := open(t)
	var names []string
	for i := range 30 {
		name := fmt.Sprintf("R%02d", i)
		names = append(names, name)
		o.automation(o.root, name, true, onNamed("run."+fmt.Sprint(i)))
		o.rests(o.happen(o.root, "run."+fmt.Sprint(i), o.member.ID)[0].ID, finished)
	}
	v := o.as(o.root)
	forth, back := v.walk("/runs?rows=25&sort=-when")
	if !slices.Equal(forth, names) || !slices.Equal(back, names) {
		t.Errorf("oldest first:\ngot      %v\nand back %v", forth, back)
	}
	slices.Reverse(names)
	forth, back = v.walk("/runs?rows=25")
	if !slices.Equal(forth, names) || !slices.Equal(back, names) {
		t.Errorf("newest first:\ngot      %v\nand back %v", forth, back)
	}
}
