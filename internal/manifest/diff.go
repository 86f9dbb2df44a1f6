package manifest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sendDefaults are the parameters that the server fills in where they are left
// out.
var sendDefaults = map[string]any{"old_password": "replace"}

// compare decides on the action and keeps the fields that differ.
func (c *Change) compare(exists bool, all []FieldChange) {
	for _, f := range all {
		if !exists {
			f.Old = ""
		}
		if f.Old != f.New && (exists || f.Field != "name") {
			c.Fields = append(c.Fields, f)
		}
	}
	switch {
	case !exists:
		c.Action = Create
	case len(c.Fields) > 0:
		c.Action = Update
	default:
		c.Action = Unchanged
	}
}

// fields lists the fields of an automation, before and after.
func fields(before, after Automation) []FieldChange {
	all := []FieldChange{
		{"name", before.Name, after.Name},
		{"description", before.Description, after.Description},
		{"event_type", before.EventType, after.EventType},
		{"event_filter.system_user", strings.ToLower(before.EventFilter.SystemUser), strings.ToLower(after.EventFilter.SystemUser)},
		{"event_filter.name", before.EventFilter.Name.text(), after.EventFilter.Name.text()},
		{"event_filter.source", before.EventFilter.Source.text(), after.EventFilter.Source.text()},
		{"job_type", before.JobType, after.JobType},
	}
	old, next := paramTexts(before.JobParams), paramTexts(after.JobParams)
	names := maps.Clone(old)
	maps.Copy(names, next)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, FieldChange{"job_params." + name, old[name], next[name]})
	}
	selection := FieldChange{"selection", before.Selection, after.Selection}
	if strings.EqualFold(selection.Old, selection.New) {
		selection.New = selection.Old
	}
	return append(all, selection,
		FieldChange{"delay", before.Delay.text(), after.Delay.text()},
		FieldChange{"time_frame.start", before.TimeFrame.Start, after.TimeFrame.Start},
		FieldChange{"time_frame.end", before.TimeFrame.End, after.TimeFrame.End},
		FieldChange{"time_frame.days", daysText(before.TimeFrame.Days), daysText(after.TimeFrame.Days)},
		FieldChange{"time_zone", before.TimeZone, after.TimeZone},
		FieldChange{"active", yesNo(*before.Active), yesNo(*after.Active)})
}

// paramTexts are the parameters without those that say nothing: null, false,
// "" and defaults are what is left out.
func paramTexts(params map[string]any) map[string]string {
	texts := map[string]string{}
	for name, value := range params {
		switch value {
		case nil, false, "", sendDefaults[name]:
			continue
		}
		if s, ok := value.(string); ok {
			if name == "system_user" {
				s = strings.ToLower(s)
			}
			texts[name] = s
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			encoded = fmt.Append(nil, value)
		}
		texts[name] = string(encoded)
	}
	return texts
}

func (f TextFilter) text() string {
	if f == (TextFilter{}) {
		return ""
	}
	return strings.ReplaceAll(f.Operator, "_", " ") + " " + f.Value
}

func (d Delay) text() string {
	switch {
	case d == Delay{}:
		return ""
	case d.Value == 1:
		return "1 " + strings.TrimSuffix(d.Unit, "s")
	default:
		return fmt.Sprintf("%d %s", d.Value, d.Unit)
	}
}

// daysText lists days in the order of the week, each once.
func daysText(days []string) string {
	place := func(day string) int {
		return strings.Index("monday tuesday wednesday thursday friday saturday sunday", day)
	}
	days = slices.SortedFunc(slices.Values(days), func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return strings.Join(slices.Compact(days), ", ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
