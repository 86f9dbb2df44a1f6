package view

import (
	"strings"
)

// Field is one input of a form, with its label and its errors. Part "field".
type Field struct {
	// Name is the name in the form, and the id on the page: messages link to it.
	Name  string
	Label string
	// Kind is a type of <input> (text, email, password, number, search, date,
	// datetime-local, time), or "textarea". A browser would refuse an address with
	// "mailto:" or an invisible character, which Rekey reads. So "email" only brings the
	// keyboard for addresses.
	Kind         string
	Value        string
	Autocomplete string // default: off
	Hint         string
	Errors       []string
	// Also is the id of another description of the field.
	Also     string
	Optional bool
	Focus    bool
	Disabled bool
	// Max is the largest number of characters; with Counted the page counts them.
	// Default: 1000.
	Max     int
	Counted bool
	// Min and Most bound a number.
	Min, Most string
	Rows      int // of a textarea; default 3
	// Code: monospaced, not spell-checked.
	Code bool
	// Suggest is a path that answers ?q= with options during typing (part
	// "suggestions"). With Several, the field has one value a line.
	Suggest string
	// List is the id of a datalist with values to choose from.
	List string
	// Unit is shown behind the input.
	Unit string
	// Options make the field a drop-down list.
	Options []Option
}

// Groups are the options by group, in their order.
func (f Field) Groups() []OptionGroup { return groupsOf(f.Options) }

// Type is the type of the <input>, or "textarea".
func (f Field) Type() string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

// Length is the largest number of characters.
func (f Field) Length() int {
	if f.Max == 0 {
		return 1000
	}
	return f.Max
}

// Completes is the value of autocomplete.
func (f Field) Completes() string {
	if f.Autocomplete == "" {
		return "off"
	}
	return f.Autocomplete
}

// Height is the number of rows of a textarea.
func (f Field) Height() int {
	if f.Rows == 0 {
		return 3
	}
	return f.Rows
}

// Plain reports whether browsers must not correct or capitalise what is typed.
func (f Field) Plain() bool { return f.Code || f.Type() != "text" && f.Type() != "textarea" }

// Described lists the ids of what describes the field.
func (f Field) Described() string {
	return described(f.Name, f.Hint != "", len(f.Errors) > 0, f.Also)
}

func described(name string, hint, wrong bool, also string) string {
	var ids []string
	if hint {
		ids = append(ids, name+"-hint")
	}
	if wrong {
		ids = append(ids, name+"-error")
	}
	if also != "" {
		ids = append(ids, also)
	}
	return strings.Join(ids, " ")
}

// Choice is one of several: a drop-down list (part "select") or radio buttons
// (part "radios").
type Choice struct {
	Name, Label string
	Hint        string
	Options     []Option
	Errors      []string
	Also        string
	Optional    bool
	Focus       bool
	Disabled    bool
	// Inline: radio buttons stand beside each other.
	Inline bool
}

// Described lists the ids of what describes the choice.
func (c Choice) Described() string {
	return described(c.Name, c.Hint != "", len(c.Errors) > 0, c.Also)
}

// Groups are the options by group, in their order.
func (c Choice) Groups() []OptionGroup { return groupsOf(c.Options) }

func groupsOf(options []Option) []OptionGroup {
	var groups []OptionGroup
	for _, o := range options {
		if n := len(groups); n == 0 || groups[n-1].Title != o.Group {
			groups = append(groups, OptionGroup{Title: o.Group})
		}
		last := &groups[len(groups)-1]
		last.Options = append(last.Options, o)
	}
	return groups
}

// OptionGroup is a group of options in a drop-down list.
type OptionGroup struct {
	Title   string
	Options []Option
}

// Option is one of the options of a choice.
type Option struct {
	Value, Label string
	Hint         string // the consequence; for radio buttons
	Group        string
	Chosen       bool
	Disabled     bool
}

// Choose marks the option with a value as chosen.
func Choose(options []Option, value string) []Option {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}

// Check is a yes or no. Part "check".
type Check struct {
	Name, Label string
	Hint        string
	On          bool
	Errors      []string
	Also        string
	Disabled    bool
	// Value is what is sent when it is on. Default: "on".
	Value string
}

// Sent is what is sent when it is on.
func (c Check) Sent() string {
	if c.Value == "" {
		return "on"
	}
	return c.Value
}

// Described lists the ids of what describes it.
func (c Check) Described() string {
	return described(c.Name, c.Hint != "", len(c.Errors) > 0, c.Also)
}
