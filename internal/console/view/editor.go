package view

import "strings"

// Editor is the page where an automation is made or changed: one form, of which
// one of three steps is shown and the rest travels along.
type Editor struct {
	Frame

	// Action is where the form is sent, and Cancel where it is left for.
	Action, Cancel string
	ID             string // of an automation that is stored
	Version        int64
	Was            string // the fields as they were opened, for programs
	Unsaved        bool   // something was typed that is not saved
	// Running: what is saved goes on while this is edited.
	Running bool
	// Save is the text of the button that saves without activating.
	Save  string
	Steps []EditorStep
	// Arrived: somebody has just come to this step from another.
	Arrived bool
	// Carried are the fields of the steps that are not shown.
	Carried  []Hidden
	Conflict *Conflict
	// Elsewhere are the problems with fields of other steps.
	Elsewhere []EditorProblem

	// One of the three is set.
	Event *EventStep
	Job   *JobStep
	Times *TimesStep

	Naming Field
	Reach  Reach
}

func (Editor) template() string { return "editor" }

// Heading stands above the list of what is wrong, in any step.
func (e Editor) Heading() string { return pleaseCorrect(len(e.Problem.Fields) + len(e.Elsewhere)) }

// Step is the one that is shown.
func (e Editor) Step() EditorStep {
	for _, s := range e.Steps {
		if s.Active {
			return s
		}
	}
	return EditorStep{}
}

// Around are the steps before and after the one that is shown.
func (e Editor) Around() (around struct{ Before, After *EditorStep }) {
	for i := range e.Steps {
		if e.Steps[i].Active && i > 0 {
			around.Before = &e.Steps[i-1]
		}
		if e.Steps[i].Active && i < len(e.Steps)-1 {
			around.After = &e.Steps[i+1]
		}
	}
	return around
}

// EditorStep is one of the steps of the editor.
type EditorStep struct {
	Name   string // what is sent to come to it
	Title  string
	Active bool
	Wrong  bool // something in it is wrong
}

// EditorProblem is something wrong with a field.
type EditorProblem struct{ Step, Field, Message string }

// Hidden is a field that is not shown.
type Hidden struct{ Name, Value string }

// Conflict is what somebody else saved while this was edited.
type Conflict struct {
	Who    string // "Bo"; or "Somebody"
	When   Moment
	Rows   []ConflictRow
	Theirs Link // where to go on with what they saved
}

// ConflictRow is a field that somebody else has changed.
type ConflictRow struct{ Field, Was, Theirs, Yours string }

// EventStep is the step Define event.
type EventStep struct {
	Name, Description Field
	Event             EventChoice
	User              Field
	Filters           []TextFilter
}

// EventChoice is the choice of an event type.
type EventChoice struct {
	Errors []string
	Hint   string
	Groups []EventGroup
}

// EventGroup is a group of event types.
type EventGroup struct {
	Title  string
	Events []EventOption
}

// EventOption is an event type to choose.
type EventOption struct {
	Value, Label, Text string
	Designation        string
	Chosen             bool
}

// TextFilter narrows an external event.
type TextFilter struct {
	Label    string
	Operator Choice
	Value    Field
}

// JobStep is the step Edit job.
type JobStep struct {
	Name, Description, Event string // as they were defined before
	EventDesignation         string
	Job                      Choice
	JobWarned                Warned
	SystemUser               Field
	UseEvent                 Check
	Everybody                Check // without a name where the event always names somebody
	Ceiling                  Field
	// Fixed: the automation exists from the start, and whom it sends to stays.
	Fixed       bool
	OldPassword Choice
	Note        Field
	Selection   Choice
	Many        bool // selections: they can be searched
	Guard       Guard
	Delay       Choice
	Unit        Choice
	Value       Field
}

// Guard keeps API users out, unless somebody opens it.
type Guard struct {
	Include  Check
	Open     bool
	Warned   Warned
	Confirm  Field
	Accounts APIAccounts
}

// APIAccounts are the API users that an automation would reach. Part
// "api-accounts".
type APIAccounts struct {
	Known bool // they were looked for
	Apart bool // as Reach.Apart
	Count string
	More  string // how many more than are listed; "" for none
	Rows  []APIAccount
}

// APIAccount is an account that programs log in with.
type APIAccount struct {
	Person          Person
	LastCall, Token Moment
}

// TimesStep is the step Time frame.
type TimesStep struct {
	Start, End, Zone       Field
	Zones                  []string
	StartWarned, EndWarned Warned
	Days                   Choice // several of them
	DaysWarned             Warned
}

// Reach is what would come of an automation now. Part "reach".
type Reach struct {
	Step string // of the editor
	// Sentence says the automation in words.
	Sentence []Phrase
	// Previewed: it could be worked out; otherwise NotYet says why not.
	Previewed bool
	NotYet    string
	Summary   string // "Reaches 1, skips 3"
	Reached   ReachGroup
	Skipped   []ReachGroup
	Hidden    string // how many more there are whom the reader may not view
	Partial   string // how many were looked at, where those are not all
	AsOf      Moment
	Due       Moment // zero: at once
	Mail      *MailSample
	// Apart: it is sent alone, to take the place of what is on the page, and with
	// it what else changes there.
	Apart    bool
	Warned   []Warned
	Accounts *APIAccounts
}

// Warned is what may not be meant in a field. Part "warned".
type Warned struct {
	Field    string
	Messages []string
	Apart    bool // as Reach.Apart
}

// ID is where the warnings stand on the page.
func (w Warned) ID() string {
	return "warned-" + strings.NewReplacer(".", "-", "_", "-").Replace(w.Field)
}

// ReachGroup is some people with the same lot.
type ReachGroup struct {
	Title, Count string
	People       []Person
	More         string // how many more; "" for none
}

// MailSample is the mail as a reader would see it.
type MailSample struct{ Subject, Text string }
