package rekey

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Field is one thing that people set in an automation, a selection or a system user, as
// a text. Name is that of the API: "delay", "job_params.ceiling", "attributes.team".
type Field struct{ Name, Text string }

// FieldChange is one field, old and new. A field that is not set is "".
type FieldChange struct {
	Field string `json:"field" doc:"The name of the field."`
	Old   string `json:"old" doc:"What it was; empty if it was not set."`
	New   string `json:"new" doc:"What it is since then; empty if it is not set any more."`
}

// Differences lists the fields that differ, in the order of after; those that only
// before has follow.
func Differences(before, after []Field) []FieldChange {
	old := make(map[string]string, len(before))
	for _, f := range before {
		old[f.Name] = f.Text
	}
	var changes []FieldChange
	for _, f := range after {
		if was := old[f.Name]; was != f.Text {
			changes = append(changes, FieldChange{f.Name, was, f.Text})
		}
		delete(old, f.Name)
	}
	for _, f := range before {
		if was := old[f.Name]; was != "" {
			changes = append(changes, FieldChange{f.Name, was, ""})
		}
	}
	return changes
}

// Kind says what a version is of.
type Kind string

// The kinds of what has a history.
const (
	KindAutomation Kind = "automation"
	KindSelection  Kind = "selection"
	KindUser       Kind = "system_user"
)

// PastVersion is an earlier version of an automation, a selection or a system user.
type PastVersion struct {
	Kind     Kind
	ObjectID string
	Version  int64
	// Fields are what it held then; nil once they are erased with the system user.
	Fields []Field
	// At and By say when it was replaced or deleted, and by whom, as in Change.
	At      time.Time
	By      string
	Deleted bool
}

// Change is one change of an automation, a selection or a system user.
type Change struct {
	// Version is the one that was replaced.
	Version int64         `json:"version" doc:"The version that was replaced."`
	At      time.Time     `json:"at" doc:"When."`
	By      string        `json:"by,omitempty" doc:"The id of the system user who did it; absent for Rekey itself and its imports."`
	Deleted bool          `json:"deleted,omitempty" doc:"Whether it was deleted."`
	Erased  bool          `json:"erased,omitempty" doc:"Whether what was changed is erased, because the system user was deleted."`
	Fields  []FieldChange `json:"fields" nullable:"false" doc:"What was changed. System users are named by address, and selections and automations by name, where the caller may view them, otherwise by id."`
}

// Fields lists what people set in an automation. People and the selection are ids. Times
// are in its time zone.
func (a Automation) Fields() []Field {
	zone, err := LoadZone(a.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(time.RFC3339Nano)
	}
	all := []Field{
		{"name", a.Name},
		{"description", a.Description},
		{"owner", a.OwnerID},
		{"status", string(a.Status)},
		{"event_type", a.EventType},
		{"event_filter.system_user", a.EventFilter.User},
		{"event_filter.name", a.EventFilter.Name.text()},
		{"event_filter.source", a.EventFilter.Source.text()},
		{"event_filter.schedule", a.EventFilter.Schedule.text()},
		{"event_filter.automation", a.EventFilter.Automation},
		{"job_type", a.JobType},
	}
	all = append(all, paramFields(a.JobParams)...)
	return append(all,
		Field{"selection", a.SelectionID},
		Field{"delay", a.Delay.Text()},
		Field{"time_frame.start", moment(a.TimeFrame.Start)},
		Field{"time_frame.end", moment(a.TimeFrame.End)},
		Field{"time_frame.days", a.TimeFrame.DayList()},
		Field{"time_frame.hours", a.TimeFrame.Hours.Text()},
		Field{"time_zone", a.TimeZone})
}

// paramFields lists the parameters of a job by name, without null, false and "".
func paramFields(params json.RawMessage) []Field {
	var values map[string]json.RawMessage
	if json.Unmarshal(params, &values) != nil {
		return nil // there are none
	}
	var all []Field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := bytes.TrimSpace(values[name])
		text := string(value)
		if _ = json.Unmarshal(value, &text); text == "" || text == "null" || text == "false" {
			continue
		}
		all = append(all, Field{"job_params." + name, text})
	}
	return all
}

func (f TextFilter) text() string {
	if f.IsZero() {
		return ""
	}
	return strings.ReplaceAll(string(f.Operator), "_", " ") + " " + f.Value
}

// text is the schedule as a file has it: its start and its rule.
func (s Schedule) text() string {
	_ = s.Validate() // the same rule has several spellings
	return strings.TrimSpace(s.Start + " " + s.Rule)
}

// DayList lists the execution days in the order of the week, each once: "monday, friday".
func (f TimeFrame) DayList() string {
	var days []string
	for _, day := range Weekdays {
		if slices.Contains(f.Days, day) {
			days = append(days, string(day))
		}
	}
	return strings.Join(days, ", ")
}

// Fields lists what people set in a selection.
func (s Selection) Fields() []Field {
	return []Field{{"name", s.Name}, {"description", s.Description}, {"owner", s.OwnerID}, {"expression", strings.TrimSpace(s.Expression)}}
}

// Fields lists what people or a directory set in a system user. No password is among
// them.
func (u SystemUser) Fields() []Field {
	var all []Field
	for _, f := range userFields {
		all = append(all, Field{f.Name, f.Get(&u)})
	}
	all = append(all, Field{"status", string(u.Status)}, Field{"blocked_by", string(u.BlockedBy)})
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		all = append(all, Field{"attributes." + name, u.Attributes[name]})
	}
	for _, source := range u.Sources {
		all = append(all, Field{"sources." + source.Source, source.text()})
	}
	if held := u.Directory.AddressHeldUntil; !held.IsZero() {
		all = append(all, Field{"address_held_until", held.UTC().Format(time.RFC3339)})
	}
	return all
}

// text is what may be posted from the source.
func (s EventSource) text() string {
	text := strings.Join(s.Names, ", ")
	if s.People != "" {
		text += "; people: " + s.People
	}
	if s.Trusted {
		text += "; trusted"
	}
	return text
}
