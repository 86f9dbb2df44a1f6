package rekey

import (
	"slices"
	"strings"
)

// Operator compares a text of an event with a value of an automation.
type Operator string

// The operators of an external event's parameters.
const (
	OpEquals     Operator = "equals"
	OpNotEquals  Operator = "not_equals"
	OpStartsWith Operator = "starts_with"
	OpEndsWith   Operator = "ends_with"
	OpMatches    Operator = "matches" // RE2, anywhere in the text
)

// TextFilter narrows events by one of their texts. The zero value matches any text.
type TextFilter struct {
	Operator Operator `json:"operator" yaml:"operator" enum:"equals,not_equals,starts_with,ends_with,matches" doc:"How to compare; matches takes a regular expression (RE2)."`
	Value    string   `json:"value" yaml:"value" doc:"What to compare with."`
}

// IsZero reports whether the filter matches every text.
func (f TextFilter) IsZero() bool { return f == TextFilter{} }

// Validate names the fields "operator" and "value".
func (f TextFilter) Validate() error {
	if f.IsZero() {
		return nil
	}
	var p Problems
	switch f.Operator {
	case OpEquals, OpNotEquals, OpStartsWith, OpEndsWith:
	case OpMatches:
		if _, complaint := compilePattern(f.Value); complaint != "" {
			p.Add("value", complaint)
		}
	default:
		p.Add("operator", "Choose equals, not_equals, starts_with, ends_with or matches.")
	}
	if f.Value == "" {
		p.Add("value", "Give a text to compare with, or leave the whole filter out for any.")
	} else if len(f.Value) > MaxEventSource && f.Operator != OpMatches {
		p.Add("value", "The text has at most 255 characters.")
	}
	return p.Err()
}

// Match reports whether text passes. A filter that is not valid lets nothing
// through.
func (f TextFilter) Match(text string) bool {
	switch f.Operator {
	case "":
		return f.Value == ""
	case OpEquals:
		return text == f.Value
	case OpNotEquals:
		return text != f.Value
	case OpStartsWith:
		return strings.HasPrefix(text, f.Value)
	case OpEndsWith:
		return strings.HasSuffix(text, f.Value)
	case OpMatches:
		re, complaint := compilePattern(f.Value)
		return complaint == "" && re.MatchString(text)
	default:
		return false
	}
}

// EventFilter holds an automation's parameters of its event type. The zero value
// matches every event of the type.
type EventFilter struct {
	// User is the id of the one system user the event must involve.
	User string `json:"system_user,omitempty" yaml:"system_user,omitempty" doc:"The id of the one system user the event must involve."`
	// Name and Source narrow an external event.
	Name   TextFilter `json:"name,omitzero" yaml:"name,omitempty" doc:"Only external events with such a name."`
	Source TextFilter `json:"source,omitzero" yaml:"source,omitempty" doc:"Only external events from such a source."`
	// Automation is the id of the automation that must have finished.
	Automation string `json:"automation,omitempty" yaml:"automation,omitempty" doc:"The id of the automation that has finished, for automation.finished."`
	// Schedule says when schedule.reached happens.
	Schedule Schedule `json:"schedule,omitzero" yaml:"schedule,omitempty" doc:"When schedule.reached happens."`
}

// Match reports whether f lets e through.
func (f EventFilter) Match(e Event) bool {
	if f.User != "" && !slices.Contains(e.Users, f.User) {
		return false
	}
	if e.Type == AutomationFinished && f.Automation != e.Automation {
		return false
	}
	return f.Name.Match(e.Name) && f.Source.Match(e.Source)
}

// MayMatch reports whether f may let through an event that s allows. It may be wrong
// only by saying yes.
func (f EventFilter) MayMatch(s EventSource) bool {
	return f.Source.Match(s.Source) && slices.ContainsFunc(s.Names, func(name string) bool {
		stem, open := strings.CutSuffix(name, "*")
		switch {
		case !open:
			return f.Name.Match(name)
		case f.Name.Operator == OpEquals:
			return strings.HasPrefix(f.Name.Value, stem)
		case f.Name.Operator == OpStartsWith:
			return strings.HasPrefix(f.Name.Value, stem) || strings.HasPrefix(stem, f.Name.Value)
		default:
			return true
		}
	})
}

// Validate checks f against the parameters that the event type declares. It also
// normalises the schedule.
func (f *EventFilter) Validate(t EventType) error {
	var p Problems
	if f.User != "" && !t.Has(ParamSystemUser) {
		p.Add("system_user", "This event type does not have this parameter.")
	}
	if !f.Name.IsZero() && !t.Has(ParamName) {
		p.Add("name", "This event type does not have this parameter.")
	}
	if !f.Source.IsZero() && !t.Has(ParamSource) {
		p.Add("source", "This event type does not have this parameter.")
	}
	if f.Automation != "" && !t.Has(ParamAutomation) {
		p.Add("automation", "This event type does not have this parameter.")
	}
	switch {
	case f.Schedule.IsZero():
	case !t.Has(ParamSchedule):
		p.Add("schedule", "This event type does not have this parameter.")
	default:
		p.Merge("schedule.", f.Schedule.Validate())
	}
	p.Merge("name.", f.Name.Validate())
	p.Merge("source.", f.Source.Validate())
	return p.Err()
}
