package rekey_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

// sending is a job type like the one that sends new passwords.
var sending = rekey.JobType{Name: rekey.SendNewPassword, Label: "Send", Designation: rekey.SystemRelated, Offered: true}

func leaked() rekey.Automation {
	return rekey.Automation{
		Name: " Leaked ", Description: "When the SIEM sees a password\n\tin the open.", EventType: rekey.External,
		EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: rekey.OpEquals, Value: "siem.credential_leaked"}},
		JobType:     rekey.SendNewPassword, Delay: rekey.Delay{Unit: rekey.Hours, Value: 2}, TimeZone: "Europe/Berlin", Status: rekey.AutomationActive,
	}
}

func TestEveryBadFieldOfAnAutomationIsNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*rekey.Automation)
		fields []string
	}{
		"valid": {func(*rekey.Automation) {}, nil},
		"the longest": {func(a *rekey.Automation) {
			a.Name, a.Description = strings.Repeat("ä", 100), strings.Repeat("ä", 2000)
		}, nil},
		"no name":                   {func(a *rekey.Automation) { a.Name = " " }, []string{"name"}},
		"a name of 101 characters":  {func(a *rekey.Automation) { a.Name = strings.Repeat("ä", 101) }, []string{"name"}},
		"a line break in its name":  {func(a *rekey.Automation) { a.Name = "Leak\ned" }, []string{"name"}},
		"a description too long":    {func(a *rekey.Automation) { a.Description = strings.Repeat("x", 2001) }, []string{"description"}},
		"a bell in the description": {func(a *rekey.Automation) { a.Description = "ding\a" }, []string{"description"}},
		"an unknown event type":     {func(a *rekey.Automation) { a.EventType = "user.vanished" }, []string{"event_type"}},
		"a filter that is not its":  {func(a *rekey.Automation) { a.EventFilter.User = "ada" }, []string{"event_filter.system_user"}},
		"filters of another": {func(a *rekey.Automation) {
			a.EventType, a.EventFilter.Source = rekey.UserLocked, rekey.TextFilter{Operator: rekey.OpEquals, Value: "x"}
		}, []string{"event_filter.name", "event_filter.source"}},
		"an operator that is none": {func(a *rekey.Automation) { a.EventFilter.Source.Operator = "like" }, []string{"event_filter.source.operator", "event_filter.source.value"}},
		"an expression that is none": {func(a *rekey.Automation) {
			a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpMatches, Value: "("}
		}, []string{"event_filter.name.value"}},
		"a value too long":     {func(a *rekey.Automation) { a.EventFilter.Name.Value = strings.Repeat("x", 256) }, []string{"event_filter.name.value"}},
		"a delay of nothing":   {func(a *rekey.Automation) { a.Delay.Value = 0 }, []string{"delay.value"}},
		"a delay without unit": {func(a *rekey.Automation) { a.Delay.Unit = "" }, []string{"delay.unit"}},
		"no time zone":         {func(a *rekey.Automation) { a.TimeZone = "" }, []string{"time_zone"}},
		"an unknown time zone": {func(a *rekey.Automation) { a.TimeZone = "Berlin" }, []string{"time_zone"}},
		"nothing at all":       {func(a *rekey.Automation) { *a = rekey.Automation{} }, []string{"name", "event_type", "time_zone"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := leaked()
			test.change(&a)
			wantFields(t, a.Validate(sending), test.fields...)
		})
	}
	a := leaked()
	if err := a.Validate(sending); err != nil || a.Name != "Leaked" || a.NameKey != "leaked" {
		t.Errorf("%q, %q, %v", a.Name, a.NameKey, err)
	}
	contacts := rekey.JobType{Name: "to_contact", Label: "Send to Contact", Designation: rekey.ContactRelated, Offered: true}
	wantFields(t, a.Validate(contacts), "job_type")
	wantFields(t, a.Validate(rekey.JobType{Name: "soon", Designation: rekey.SystemRelated}), "job_type")
}

func TestEveryBadFieldOfASelectionIsNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		selection rekey.Selection
		fields    []string
	}{
		"valid":        {rekey.Selection{Name: " All ", Expression: "true"}, nil},
		"the longest":  {rekey.Selection{Name: "All", Expression: strings.Repeat("x", rekey.MaxExpression)}, nil},
		"empty":        {rekey.Selection{}, []string{"name", "expression"}},
		"blank":        {rekey.Selection{Name: "All", Expression: " \n"}, []string{"expression"}},
		"too long":     {rekey.Selection{Name: strings.Repeat("x", 101), Description: strings.Repeat("x", 2001), Expression: strings.Repeat("x", 4001)}, []string{"name", "description", "expression"}},
		"a line break": {rekey.Selection{Name: "A\nll", Expression: "true"}, []string{"name"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := test.selection
			wantFields(t, s.Validate(), test.fields...)
			if s.NameKey != rekey.NameKey(test.selection.Name) {
				t.Errorf("its key is %q", s.NameKey)
			}
		})
	}
}

func TestNamesDifferWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"Leaked", " LEAKED"}, {"Straße", "STRASSE"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}, {"Ꭰ", "ꭰ"}, {"Ünal", "ünal"}, {"ᾊ\u0300", "ἂὶ"}} {
		if rekey.NameKey(pair[0]) != rekey.NameKey(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		key := rekey.NameKey(rapid.String().Draw(t, "name"))
		if again := rekey.NameKey(key); again != key {
			t.Fatalf("the key of %q is %q", key, again)
		}
	})
}

func TestOnlyAnActiveAutomationMatches(t *testing.T) {
	t.Parallel()
	event := rekey.Event{Type: rekey.External, Name: "siem.credential_leaked", Source: "/siem"}
	tests := map[string]struct {
		change func(*rekey.Automation)
		want   bool
	}{
		"active":             {func(*rekey.Automation) {}, true},
		"draft":              {func(a *rekey.Automation) { a.Status = rekey.AutomationDraft }, false},
		"inactive":           {func(a *rekey.Automation) { a.Status = rekey.AutomationInactive }, false},
		"of another event":   {func(a *rekey.Automation) { a.EventType = rekey.UserLocked }, false},
		"of another name":    {func(a *rekey.Automation) { a.EventFilter.Name.Value = "siem" }, false},
		"of any name":        {func(a *rekey.Automation) { a.EventFilter = rekey.EventFilter{} }, true},
		"of a broken filter": {func(a *rekey.Automation) { a.EventFilter.Source = rekey.TextFilter{Operator: "like", Value: "/siem"} }, false},
	}
	for name, test := range tests {
		a := leaked()
		test.change(&a)
		if a.Matches(event) != test.want {
			t.Errorf("%s: %v", name, !test.want)
		}
	}
}

func TestARunIsDueAfterTheDelayInTheAutomationsZone(t *testing.T) {
	t.Parallel()
	a := leaked()
	a.Delay = rekey.Delay{Unit: rekey.Days, Value: 2}
	event := rekey.Event{Time: time.Date(2026, 3, 28, 9, 0, 0, 0, time.UTC)}
	if due, err := a.Due(event, rekey.AskedByNobody); err != nil || !due.Equal(time.Date(2026, 3, 30, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("%v, %v", due, err)
	}
	a.TimeZone = "Europe/Atlantis"
	if _, err := a.Due(event, rekey.AskedByNobody); err == nil {
		t.Error("it is due in a zone that is none")
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	const text = "siem.credential_leaked"
	tests := []struct {
		operator rekey.Operator
		value    string
		want     bool
	}{
		{"", "", true}, {"", "siem", false}, {"like", "siem", false},
		{rekey.OpEquals, text, true}, {rekey.OpEquals, "siem", false}, {rekey.OpEquals, strings.ToUpper(text), false},
		{rekey.OpNotEquals, "siem", true}, {rekey.OpNotEquals, text, false},
		{rekey.OpStartsWith, "siem.", true}, {rekey.OpStartsWith, "leaked", false},
		{rekey.OpEndsWith, "leaked", true}, {rekey.OpEndsWith, "siem", false},
		{rekey.OpMatches, `cred.*_`, true}, {rekey.OpMatches, `^cred`, false}, {rekey.OpMatches, `(`, false}, {rekey.OpMatches, `(?i)LEAKED$`, true},
	}
	for _, test := range tests {
		if got := (rekey.TextFilter{Operator: test.operator, Value: test.value}).Match(text); got != test.want {
			t.Errorf("%s %q: %v", test.operator, test.value, got)
		}
	}
	about := rekey.EventFilter{User: "ada"}
	if !about.Match(rekey.Event{Users: []string{"bob", "ada"}}) || about.Match(rekey.Event{Users: []string{"bob"}}) || about.Match(rekey.Event{}) {
		t.Error("an event is taken for one about somebody else")
	}
}
