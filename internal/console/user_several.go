package console

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

const (
	severalPath = usersPath + "/several"
	// leftOutAsked is how many people are named before something is done with whom it is
	// not done, and leftOutDone how many afterwards.
	leftOutAsked, leftOutDone = 20, admin.MaxPage
	// firstNames is how many are named of those with whom it is done.
	firstNames = 5
	// maxTicked is the largest form, in bytes: a page has at most 200 rows.
	maxTicked = 64 << 10
)

// severalAct is something that is done to several system users.
type severalAct struct {
	title string // of the page that asks
	none  string // says whom to tick
	not   string // the text of the link to cancel
	alone string // the page that asks about one person, below theirs; "" if there is none
	ask   func(*Console, *http.Request, several, *view.Ask) error
	do    func(*Console, http.ResponseWriter, *http.Request, several) error
}

func severalActs() map[string]severalAct {
	return map[string]severalAct{
		"send":      {"Send new passwords?", "Tick the system users to whom to send a new password.", "Do not send", "/send-password", (*Console).askSendSeveral, (*Console).sendSeveral},
		"block":     {"Block system users?", "Tick the system users to block.", "Do not block", "/block", (*Console).askChangeSeveral, (*Console).changeSeveral},
		"restore":   {"Restore system users?", "Tick the system users to restore.", "Do not restore", "", (*Console).askChangeSeveral, (*Console).changeSeveral},
		"language":  {"Set the language?", "Tick the system users whose language to set.", "Do not set it", "", (*Console).askChangeSeveral, (*Console).changeSeveral},
		"attribute": {"Set an attribute?", "Tick the system users whose attribute to set.", "Do not set it", "", (*Console).askChangeSeveral, (*Console).changeSeveral},
	}
}

// several is a form about several system users.
type several struct {
	act    severalAct
	values url.Values
	users  []string // ids
	// matching stands for all these users, if they are those that match the list; "" if
	// they were ticked.
	matching string
	people   map[string]rekey.SystemUser
	back     string // the list
}

// doSeveral asks before something is done to the ticked system users, and does it once it is
// confirmed.
func (c *Console) doSeveral(w http.ResponseWriter, r *http.Request) error {
	values, err := form.ReadAny(w, r, maxTicked)
	if err != nil {
		return err
	}
	act, known := severalActs()[values.Get("act")]
	if !known {
		return rekey.NewError(rekey.CodeMalformed, "The form does not say what to do.")
	}
	s := several{act: act, values: values, back: address(usersPath, listFilters(values))}
	refused, err := refusal(c.findSeveral(r, &s))
	if err != nil {
		return err
	}
	if len(values["user"]) == 1 && s.matching == "" && act.alone != "" {
		leadTo(w, userPath(url.PathEscape(s.users[0]))+act.alone)
		return nil
	}
	page := view.Ask{
		Frame: c.frame(r, act.title, usersPath), Post: severalPath, Back: view.Link{Text: act.not, Href: s.back}, Carried: s.carried(),
	}
	page.Crumbs = []view.Link{{Text: "System users", Href: s.back}}
	if len(s.users) == 0 || refused != "" {
		page.Refused, page.Back.Text = cmp.Or(refused, act.none), "Back to the list"
		c.show(w, r, http.StatusOK, page)
		return nil
	}
	if values.Get("confirmed") != "" {
		if s.matching == values.Get("matching") {
			return act.do(c, w, r, s)
		}
		page.Text = []string{"The list has changed since you looked at it, so nothing was done yet."}
	}
	if s.matching != "" {
		page.Text = append(page.Text, view.Plural(len(s.users), "system user matches", "system users match")+" the search and the filters of the list.")
	}
	if err := act.ask(c, r, s, &page); err != nil {
		return err
	}
	if page.Refused != "" {
		page.Back.Text = "Back to the list"
	}
	c.show(w, r, max(page.Problem.Status, http.StatusOK), page)
	return nil
}

// listFilters are the filters of the list from which a form comes.
func listFilters(values url.Values) url.Values {
	filters := url.Values{}
	for _, name := range []string{"search", "type", "role", "status", sortedBy, rowsShown} {
		if value := values.Get(name); value != "" {
			filters.Set(name, value)
		}
	}
	return filters
}

// hidden are filters as fields that a form sends on.
func hidden(filters url.Values) (list []view.Hidden) {
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		list = append(list, view.Hidden{Name: name, Value: filters.Get(name)})
	}
	return list
}

// carried is what the page that asks sends on.
func (s several) carried() []view.Hidden {
	list := []view.Hidden{{Name: "act", Value: s.values.Get("act")}, {Name: "confirmed", Value: "yes"}}
	list = append(list, hidden(listFilters(s.values))...)
	if s.matching != "" {
		return append(list, view.Hidden{Name: "all", Value: "yes"}, view.Hidden{Name: "matching", Value: s.matching})
	}
	for _, id := range s.users {
		list = append(list, view.Hidden{Name: "user", Value: id})
	}
	return list
}

// findSeveral finds the people whom a form is about: those ticked, or all that match the
// list now.
func (c *Console) findSeveral(r *http.Request, s *several) (err error) {
	if s.values.Get("all") == "" {
		s.users = s.values["user"]
		s.people, err = c.Admin.FindUsers(r.Context(), actor(r), s.users)
		return err
	}
	found, err := c.Admin.MatchingUsers(r.Context(), actor(r), userQuery(s.values))
	s.people = map[string]rekey.SystemUser{}
	digest := sha256.New()
	for _, u := range found {
		s.users, s.people[u.ID] = append(s.users, u.ID), u
		_, _ = io.WriteString(digest, u.ID+"\n")
	}
	s.matching = hex.EncodeToString(digest.Sum(nil))
	return err
}

// person is how a page shows somebody of the form.
func (s several) person(id string) view.Person {
	if u, found := s.people[id]; found {
		return view.PersonOf(u)
	}
	return view.Person{Name: "Somebody that you may not view"}
}

// names are the first of these people: "Ada Byron, Bo and 10 more".
func (s several) names(users []string) string {
	var names []string
	for _, id := range users[:min(len(users), firstNames)] {
		names = append(names, s.person(id).Shown())
	}
	if more := len(users) - len(names); more > 0 {
		return strings.Join(names, ", ") + " and " + view.Count(more) + " more"
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// leftOut names the first of those with whom nothing is done, and why. head says what is
// not done, and has a place for their number.
func (s several) leftOut(head string, refused []admin.Refused, most int) view.LeftOut {
	if len(refused) == 0 {
		return view.LeftOut{}
	}
	l := view.LeftOut{Head: ofPeople(head, len(refused))}
	for _, x := range refused[:min(len(refused), most)] {
		l.People = append(l.People, view.LeftOutPerson{Who: s.person(x.Subject), Why: x.Why})
	}
	if more := len(refused) - len(l.People); more > 0 {
		l.More = view.Count(more)
	}
	return l
}
