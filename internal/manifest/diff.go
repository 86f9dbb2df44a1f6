package manifest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rekey"
)

// sendDefaults are the server's defaults of parameters.
var sendDefaults = map[string]any{"old_password": string(rekey.ReplaceWhenSent)}

// compare sets the action and keeps only the fields that differ.
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
		{"event_filter.system_user", strings.ToLower(before.EventFilter.User), strings.ToLower(after.EventFilter.User)},
		{"event_filter.name", filterText(before.EventFilter.Name), filterText(after.EventFilter.Name)},
		{"event_filter.source", filterText(before.EventFilter.Source), filterText(after.EventFilter.Source)},
		{"event_filter.schedule", scheduleText(before.EventFilter.Schedule), scheduleText(after.EventFilter.Schedule)},
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
		FieldChange{"delay", before.Delay.Text(), after.Delay.Text()},
		FieldChange{"time_frame.start", before.TimeFrame.Start, after.TimeFrame.Start},
		FieldChange{"time_frame.end", before.TimeFrame.End, after.TimeFrame.End},
		FieldChange{"time_frame.days", DaysText(before.TimeFrame.Days), DaysText(after.TimeFrame.Days)},
		FieldChange{"time_frame.hours", before.TimeFrame.Hours.Text(), after.TimeFrame.Hours.Text()},
		FieldChange{"time_zone", before.TimeZone, after.TimeZone},
		FieldChange{"active", yesNo(*before.Active), yesNo(*after.Active)})
}

// paramTexts returns the parameters as texts. It leaves out null, false, "" and
// defaults.
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

func filterText(f rekey.TextFilter) string {
	if f.IsZero() {
		return ""
	}
	return strings.ReplaceAll(string(f.Operator), "_", " ") + " " + f.Value
}

// scheduleText is a schedule as the file has it: its start and its rule.
func scheduleText(s rekey.Schedule) string {
	_ = s.Validate() // the same rule has several spellings
	return strings.TrimSpace(s.Start + " " + s.Rule)
}

// DaysText lists days in the order of the week, each once.
func DaysText(days []rekey.Weekday) string {
	place := func(day rekey.Weekday) int { return slices.Index(rekey.Weekdays, day) }
	days = slices.SortedFunc(slices.Values(days), func(a, b rekey.Weekday) int { return cmp.Compare(place(a), place(b)) })
	texts := make([]string, 0, len(days))
	for _, day := range slices.Compact(days) {
		texts = append(texts, string(day))
	}
	return strings.Join(texts, ", ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
