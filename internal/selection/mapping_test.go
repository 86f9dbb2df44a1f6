package selection_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/selection"
)

const ticketEvent = `{
	"id": "4711", "source": "/tickets", "type": "com.example.ticket.opened", "subject": "ada@example.org",
	"data": {
		"action": "opened", "number": 7, "urgent": true, "nothing": null, "empty": "", "price": 1.5,
		"ticket": {"reporter": {"email": "Ada@example.org", "login": "ada"}, "assignee": null,
			"watchers": [{"email": "bob@example.org", "role": "dev"}, {"email": "cy@example.org", "role": "ops"}, {"role": "ops"}]},
		"list": ["a@example.org", "b@example.org", null, ""], "mixed": ["a@example.org", 7]
	}
}`

func decodeEvent(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var event map[string]any
	if err := d.Decode(&event); err != nil {
		t.Fatal(err)
	}
	return event
}

func compiler(t testing.TB) *selection.Compiler {
	t.Helper()
	c, err := selection.New(selection.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMappingFindsPeopleInAnEvent(t *testing.T) {
	t.Parallel()
	c, event := compiler(t), decodeEvent(t, ticketEvent)
	for expression, want := range map[string][]string{
		`[event.data.ticket.reporter.email]`:                  {"Ada@example.org"},
		`event.data.ticket.reporter.email`:                    {"Ada@example.org"},
		`[event.subject]`:                                     {"ada@example.org"},
		`event.data.list`:                                     {"a@example.org", "b@example.org"},
		`event.data.list.filter(x, x != null)`:                {"a@example.org", "b@example.org"},
		`[event.data.ticket.reporter.login + "@example.org"]`: {"ada@example.org"},
		`["x@example.org"]`:                                   {"x@example.org"},
		`[]`:                                                  nil,
		`[event.data.nothing, event.data.empty]`:              nil,
		`event.data.nothing`:                                  nil,
		`[event.data["ticket"]["reporter"]["email"], event.data.ticket.reporter.email]`:                  {"Ada@example.org", "Ada@example.org"},
		`event.data.ticket.?owner.?email`:                                                                nil,
		`[?event.data.ticket.?owner.?email, ?event.data.ticket.?reporter.?email]`:                        {"Ada@example.org"},
		`event.data.?people.orValue([])`:                                                                 nil,
		`event.data.?list.orValue([])`:                                                                   {"a@example.org", "b@example.org"},
		`event.data.ticket.watchers.filter(w, has(w.email)).map(w, w.email)`:                             {"bob@example.org", "cy@example.org"},
		`event.data.ticket.watchers.filter(w, w.role == "dev").map(w, string(w.email))`:                  {"bob@example.org"},
		`event.data.ticket.watchers.filter(w, w.role in ["dev"]).map(w, w.email)`:                        {"bob@example.org"},
		`event.data.action == "opened" ? [event.data.ticket.reporter.email] : []`:                        {"Ada@example.org"},
		`event.data.action == "closed" ? [event.data.ticket.reporter.email] : []`:                        nil,
		`event.data.number == 7 && event.data.price > 1.0 && event.data.urgent ? ["n@example.org"] : []`: {"n@example.org"},
		`event.type.startsWith("com.example.") ? ["t@example.org"] : []`:                                 {"t@example.org"},
		`event.data.list.filter(x, x != null && x != "") + event.data.ticket.watchers.filter(w, has(w.email)).map(w, w.email)`: {
			"a@example.org", "b@example.org", "bob@example.org", "cy@example.org"},
	} {
		m, err := c.CompileMapping(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		got, spent, err := m.People(event)
		if err != nil || !slices.Equal(got, want) || spent > 300 {
			t.Errorf("%s: %q for %d, %v; want %q", expression, got, spent, err, want)
		}
	}
}

func TestMappingThatCannotBeCalculatedSaysWhy(t *testing.T) {
	t.Parallel()
	c, event := compiler(t), decodeEvent(t, ticketEvent)
	for expression, why := range map[string]string{
		`[event.data.tickets.reporter.email]`:        "no such key: tickets",
		`[event.data.ticket.assignee.email]`:         "could not be calculated",
		`[event.data.number]`:                        "type int",
		`event.data.mixed`:                           "type int",
		`event.data.ticket`:                          "type map",
		`[event.data.ticket]`:                        "type map",
		`[event.data.list]`:                          "type list",
		`event.data.urgent`:                          "type bool",
		`event.data.ticket.watchers.map(w, w.email)`: "no such key: email",
		`[string(event.data.ticket)]`:                "could not be calculated",
		`[event.data.number + "@example.org"]`:       "could not be calculated",
		`[event.data.list[9]]`:                       "could not be calculated",
	} {
		m, err := c.CompileMapping(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		people, _, err := m.People(event)
		if rekey.CodeOf(err) != rekey.CodeInvalid || !strings.Contains(err.Error(), why) || len(people) != 0 {
			t.Errorf("%s: %q, %v; want %q", expression, people, err, why)
		}
	}
}

func TestMappingIsCheckedWhenItIsSaved(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	for expression, why := range map[string]string{
		``:                            "the mapping is empty; give one such as [event.data.reporter.email]",
		`event.data.`:                 "Syntax error",
		`user.email`:                  "unknown name 'user'. A mapping is about event",
		`[now]`:                       "unknown name 'now'",
		`data.email`:                  "unknown name 'data'",
		`true`:                        "the mapping gives bool",
		`[1, 2]`:                      "the mapping gives list(int)",
		`event`:                       "the mapping gives map",
		`size(event.data.list)`:       "the mapping gives int",
		`[event.data.x.matches("a")]`: "no patterns",
		`event.data.x.split(",")`:     "unknown function 'split'",
		`{"a": event.data.x}`:         "cannot be made",
		`[{"a": 1}]`:                  "",
		`[[event.data.x]]`:            "a list holds texts",
		`[event]`:                     "a list holds texts",
		`[timestamp("yesterday")].map(x, string(x))`:             "a constant cannot be calculated",
		strings.Repeat("[", 40) + strings.Repeat("]", 40):        "nested too deeply",
		"[\"" + strings.Repeat("x", rekey.MaxExpression) + "\"]": "too long",
		"[\"a\x00\"]": "control character",
	} {
		_, err := c.CompileMapping(expression)
		if rekey.CodeOf(err) != rekey.CodeInvalid {
			t.Errorf("%.60s: %v", expression, err)
			continue
		}
		known, _ := err.(*rekey.Error) //nolint:errorlint // as it comes
		if known.Fields[0].Field != "people" || !strings.Contains(strings.ToLower(known.Fields[0].Message), strings.ToLower(why)) || strings.Contains(known.Fields[0].Message, "condition") {
			t.Errorf("%.60s: %+v; want %q", expression, known.Fields, why)
		}
	}
}

// Each of these would take 2ⁿ steps, or hide a list from the check that keeps it out.
func TestMappingThatGrowsWithoutBoundIsRefused(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	doubled := func(start, step string) string {
		return start + strings.Repeat(step, 12) + `.map(x, "a")`
	}
	for name, expression := range map[string]string{
		"lists of lists":              doubled(`[1]`, `.map(x, [x, x])`),
		"of unknown values":           doubled(`[event.data]`, `.map(x, [x, x])`),
		"hidden by a choice":          doubled(`[event.data.x]`, `.map(x, true ? event.data.x : [x, x])`),
		"hidden by the other choice":  doubled(`[event.data.x]`, `.map(x, true ? [x, x] : event.data.x)`),
		"hidden by a default":         doubled(`[event.data.x]`, `.map(x, event.data.?none.orValue([x, x]))`),
		"hidden in a mixed list":      doubled(`[event.data.x]`, `.map(x, [[x, x], event.data.x][0])`),
		"a map of the same":           doubled(`[event.data.x]`, `.map(x, {"a": x, "b": x})`),
		"loops in loops":              doubled(`[event.data.x]`, `.map(x, event.data.list.map(y, x))`),
		"texts that double":           doubled(`[event.data.x]`, `.map(x, x + x)`),
		"equal unknown values":        `event.data.x == event.data.y ? ["a"] : []`,
		"unequal unknown values":      `event.data.x != event.data ? ["a"] : []`,
		"equal lists":                 `[event.data.x] == [event.data.y] ? ["a"] : []`,
		"an unknown value in another": `event.data.x in event.data.y ? ["a"] : []`,
		"a list in a list":            `[event.data.x] in event.data.y ? ["a"] : []`,
		"an unknown key":              `[event.data[event.data.x]]`,
		"an unknown optional key":     `[?event.data[?event.data.x]]`,
		"a function that hides":       `[dyn([1])]`,
	} {
		if _, err := c.CompileMapping(expression); rekey.CodeOf(err) != rekey.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMappingCostsNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	var many []string
	for i := range 20_000 {
		many = append(many, fmt.Sprintf(`{"email": "u%d@example.org"}`, i))
	}
	event := func(n int) map[string]any {
		return decodeEvent(t, `{"data": {"one": "a", "text": "`+strings.Repeat("x", 900_000)+`", "list": [`+strings.Join(many[:n], ",")+`]}}`)
	}
	all, err := c.CompileMapping(`event.data.list.map(x, x.email)`)
	if err != nil {
		t.Fatal(err)
	}
	people, spent, err := all.People(event(rekey.MaxMappedPeople))
	if err != nil || len(people) != rekey.MaxMappedPeople || spent > selection.MappingCost/5 {
		t.Errorf("%d people for %d: %v", len(people), spent, err)
	}
	if people, _, err := all.People(event(rekey.MaxMappedPeople + 1)); len(people) != 0 || rekey.CodeOf(err) != rekey.CodeInvalid || !strings.Contains(err.Error(), "more than 1,000") {
		t.Errorf("%d people: %v", len(people), err)
	}
	// With few enough entries that the test ends soon even without the limit.
	for name, test := range map[string]struct {
		expression string
		entries    int
	}{
		"a long list":          {`event.data.list.map(x, x.email)`, len(many)},
		"a text that grows":    {`event.data.list.map(x, event.data.one + "y").map(x, "a" + x)`, len(many)},
		"loops in loops":       {`event.data.list.filter(x, event.data.list.exists(y, y.email == "nobody")).map(x, x.email)`, 1_000},
		"a long list searched": {`event.data.list.filter(x, "y" in event.data.list).map(x, x.email)`, 1_000},
		"a long text":          {`event.data.list.filter(x, event.data.text.contains("y")).map(x, x.email)`, 100},
		"a long text in case":  {`event.data.list.filter(x, event.data.text.upperAscii() == "y").map(x, x.email)`, 100},
		"a long text added":    {`event.data.list.map(x, event.data.text + "y")`, 100},
	} {
		m, err := c.CompileMapping(test.expression)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, spent, err := m.People(event(test.entries))
		if rekey.CodeOf(err) != rekey.CodeInvalid || !strings.Contains(err.Error(), "costs too much") || spent > 3*selection.MappingCost {
			t.Errorf("%s: spent %d: %v", name, spent, err)
		}
	}
}

func FuzzMapping(f *testing.F) {
	for _, expression := range []string{
		`[event.data.ticket.reporter.email]`, `event.data.list.filter(x, x != null).map(x, string(x) + "y")`, `[?event.data.?a[?"b"]]`,
		`event.data.?list.orValue([])`, `event.data.a in ["b"] ? [event.subject] : []`,
	} {
		f.Add(expression, ticketEvent)
	}
	c := compiler(f)
	f.Fuzz(func(t *testing.T, expression, text string) {
		m, err := c.CompileMapping(expression)
		if code := rekey.CodeOf(err); err != nil {
			if code != rekey.CodeInvalid {
				t.Errorf("%q: %v", expression, err)
			}
			return
		}
		var event map[string]any
		if json.Unmarshal([]byte(text), &event) != nil {
			return
		}
		people, _, err := m.People(event)
		if err != nil && rekey.CodeOf(err) != rekey.CodeInvalid || len(people) > rekey.MaxMappedPeople || slices.Contains(people, "") {
			t.Errorf("%q: %q, %v", expression, people, err)
		}
	})
}
