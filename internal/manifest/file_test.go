package manifest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rekey"
)

func TestFileIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	active := true
	f := File{
		Selections: []rekey.Selection{{Name: "Staff", Expression: `user.domain == "example.org"`}},
		Automations: []Automation{{
			Name: "Leaked credentials", Description: "One\ntwo", EventType: "external",
			EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: "starts_with", Value: "siem."}},
			JobType:     "send_new_password", JobParams: map[string]any{"use_event_parameter": true, "note": "Hello: you"},
			Selection: "Staff", Delay: rekey.Delay{Unit: "days", Value: 2}, TimeFrame: TimeFrame{Start: "2026-01-01T00:00:00+01:00", Days: []rekey.Weekday{"monday"}, Hours: rekey.DayHours{From: "22:00", To: "06:00"}}, TimeZone: "Europe/Berlin", Active: &active,
		}, {Name: "Draft", EventType: "user.locked", JobType: "send_new_password"}},
	}
	var text bytes.Buffer
	if err := f.Write(&text); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, again); diff != "" {
		t.Error(diff)
	}
}

func TestWrongFilesAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"selections:\n  - nam: x":                              `line 2: the field "nam" is not known`,
		"selections:\n  - expression: x":                       "selection",
		"automations:\n  - name: '  '":                         "automations[0] has no name",
		"automations: [{name: a}, {name: A}]":                  `the automation "A" appears twice`,
		"automations:\n  - {name: a, delay: soon}":             "line 2",
		"automations: [{name: a}]\n---\nselections":            "more than one document",
		"automations:\n  - {name: a, delay: {unit: [x]}}":      "into string",
		"automations:\n  - {name: a, event_filter: {name: x}}": "into TextFilter",
		"selections: 5": "into []Selection",
		"just text":     "line 1",
		"a: [":          "line",
	} {
		_, err := Read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "manifest.") || strings.Contains(err.Error(), "rekey.") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if f, err := Read(strings.NewReader("")); err != nil || len(f.Automations) != 0 {
		t.Errorf("an empty file: %v, %v", f, err)
	}
}

// What a file leaves out and what the server fills in are the same.
func TestDefaultsAreNoDifference(t *testing.T) {
	t.Parallel()
	yes, stored := true, true
	short := Automation{Name: "A", JobParams: map[string]any{"use_event_parameter": true}, TimeZone: "UTC", Active: &yes}
	full := short
	full.Active = &stored
	full.JobParams = map[string]any{"use_event_parameter": true, "old_password": "replace", "include_api_users": false, "note": "", "system_user": nil}
	var change Change
	change.compare(true, full.fields(), short.fields())
	if change.Action != Unchanged {
		t.Errorf("%+v", change)
	}
	full.JobParams["old_password"] = "keep"
	change = Change{}
	change.compare(true, full.fields(), short.fields())
	if change.Action != Update || len(change.Fields) != 1 || change.Fields[0] != (rekey.FieldChange{Field: "job_params.old_password", Old: "keep"}) {
		t.Errorf("%+v", change)
	}
}

func TestTextsOfAFileAreReadAsTheServerStoresThem(t *testing.T) {
	t.Parallel()
	f, err := Read(strings.NewReader("selections:\n  - name: \" Sta\\u200bff\\u00a0\"\n    expression: \"true\"\nautomations:\n  - name: \"Jose\\u0301\"\n    selection: \"staff\\u00ad\"\n    time_zone: europe/berlin\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s, a := f.Selections[0], f.Automations[0]; s.Name != "Staff" || a.Name != "José" || a.Selection != "staff" || a.TimeZone != "Europe/Berlin" {
		t.Errorf("%+v, %+v", s, a)
	}
	if _, err := Read(strings.NewReader("selections:\n  - {name: Staff, expression: \"true\"}\n  - {name: \"ST\\u00adAFF\", expression: \"true\"}\n")); err == nil || !strings.Contains(err.Error(), "appears twice") {
		t.Errorf("one name in two spellings: %v", err)
	}
}
