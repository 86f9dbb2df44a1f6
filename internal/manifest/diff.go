package manifest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rekey"
)

// sendDefaults are the server's defaults of parameters.
var sendDefaults = map[string]any{"old_password": string(rekey.ReplaceWhenSent)}

// compare sets the action and keeps only the fields that differ.
func (c *Change) compare(exists bool, before, after []rekey.Field) {
	if !exists {
		before = []rekey.Field{{Name: "name", Text: c.Name}}
	}
	c.Fields = rekey.Differences(before, after)
	switch {
	case !exists:
		c.Action = Create
	case len(c.Fields) > 0:
		c.Action = Update
	default:
		c.Action = Unchanged
	}
}

// fields lists the fields of an automation, without parameters that have the default.
func (a Automation) fields() []rekey.Field {
	params := maps.Clone(a.JobParams)
	maps.DeleteFunc(params, func(name string, value any) bool { return value == sendDefaults[name] })
	rename(params, strings.ToLower)
	encoded, _ := json.Marshal(params) // it came from YAML or JSON
	frame, _ := a.TimeFrame.read()     // it was read before
	a.EventFilter.User = strings.ToLower(a.EventFilter.User)
	all := rekey.Automation{
		Name: a.Name, Description: a.Description, EventType: a.EventType, EventFilter: a.EventFilter, JobType: a.JobType, JobParams: encoded,
		SelectionID: a.Selection, Delay: a.Delay, TimeFrame: frame, TimeZone: a.TimeZone,
	}.Fields()
	return append(all, rekey.Field{Name: "active", Text: yesNo(*a.Active)}, rekey.Field{Name: "trial", Text: yesIf(a.Trial)})
}

// rename replaces each text in the parameters of a job that names a system user or an address.
func rename(params map[string]any, as func(string) string) {
	if text, ok := params["system_user"].(string); ok {
		params["system_user"] = as(text)
	}
	if to, ok := params["recipients"].([]any); ok {
		to = slices.Clone(to)
		for i, name := range to {
			if text, ok := name.(string); ok {
				to[i] = as(text)
			}
		}
		params["recipients"] = to
	}
}

// yesIf is "" for what is usual, so that it is shown only where it says something.
func yesIf(b bool) string {
	if b {
		return yesNo(b)
	}
	return ""
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
