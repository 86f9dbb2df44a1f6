package view

import "strings"

// Editor is the page to create or change an automation. It is one form: it shows one
// of three steps, and the fields of the others are hidden.
type Editor struct {
	Frame

	// Action is the path that the form is sent to, and Cancel the path without saving.
	Action, Cancel string
	ID             string // of a stored automation
	Version        int64
	Was            string // the fields as they were opened, for programs
	Unsaved        bool   // something was typed that is not saved
	// Running: the automation is active, and its saved version runs meanwhile.
	Running bool
	// Trying: it is in trial, in the same way.
	Trying bool
	// Save is the text of the button that saves without activating.
	Save  string
	Steps []EditorStep
	// Arrived: the reader has just come from another step.
	Arrived bool
	// Carried are the fields of the steps that are not shown.
	Carried  []Hidden
	Conflict *Conflict
	// Elsewhere are the errors of fields in other steps.
	Elsewhere []EditorProblem

	// One of the three is set.
	Event *EventStep
	Job   *JobStep
	Times *TimesStep

	Naming Field
	Reach  Reach
	// Messages: the job sends messages, which no backtest counts.
	Messages bool
	// Backtest is what the automation would have done; nil if nobody asked.
	Backtest *Backtest
}

// Backtest sums up what an automation would have done.
type Backtest struct {
	Sentences []string
	Rows      []BacktestRow // the latest runs
	More      string        // that are not shown
}

// BacktestRow is a run that an event would have started.
type BacktestRow struct {
	Due              Moment
	Event            string // its id; "" for a moment of a schedule
	Reached, Skipped int
	Why              string // it would not have sent; "" if it would
}

func (Editor) template() string { return "editor" }

// Heading stands above the list of errors of all steps.
func (e Editor) Heading() string { return pleaseCorrect(len(e.Problem.Fields) + len(e.Elsewhere)) }

// Step is the step that is shown.
func (e Editor) Step() EditorStep {
	for _, s := range e.Steps {
		if s.Active {
			return s
		}
	}
	return EditorStep{}
}

// Around are the previous and the next step.
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
	Name   string // the value that the form sends to open it
	Title  string
	Active bool
	Wrong  bool // it has errors
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
	ScheduleStart     Field
	ScheduleRule      Field // a drop-down list
	Automation        Field // another one
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
	SelectionWarned          Warned
	Target                   Choice
	TargetWarned             Warned
	SystemUser               Field // shown for one person
	Ceiling                  Field
	Waves                    []Field // first, then, stop
	// Fixed: the automation exists from the start, and whom it sends to stays.
	Fixed       bool
	OldPassword Choice
	Remind      Choice
	// OldPasswordThere says what the choices mean for users of a directory; nil without one.
	OldPasswordThere *OldPasswordThere
	Note             Field
	Message          []Field // of Notify Address
	Selection        Choice
	Many             bool // selections: they can be searched
	Guard            Guard
	Delay            Choice
	Unit             Choice
	Value            Field
}

// OldPasswordThere says what happens to an old password that lives in a directory.
type OldPasswordThere struct {
	Title  string
	Labels []Fact // by the label of each choice
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
	StartWarned, EndWarned Warned
	Days                   Choice // several of them
	DaysWarned             Warned
	From, To               Field // the hours of these days
	HoursWarned            Warned
}

// Reach says what an automation would do now. Part "reach".
type Reach struct {
	Step string // of the editor
	// Sentence describes the automation in words.
	Sentence []Phrase
	// Previewed: it could be calculated; otherwise NotYet says why not.
	Previewed bool
	NotYet    string
	Summary   string // "Reaches 1, skips 3"
	Reached   ReachGroup
	Skipped   []ReachGroup
	Unused    string // why the people who are typed beside it do not matter; "" if they do
	Held      string // why the run would be held for approval; "" if it would not
	Hidden    string // how many more there are whom the reader may not view
	Partial   string // how many were looked at, where those are not all
	AsOf      Moment
	Due       Moment   // zero: at once
	Moments   []Moment // the next ones of its schedule
	Mail      *MailSample
	// Apart: the server sends this part alone, to replace the part on the page, with
	// the other parts that change.
	Apart    bool
	Warned   []Warned
	Accounts *APIAccounts
}

// Warned are the warnings of a field. Part "warned".
type Warned struct {
	Field    string
	Messages []string
	Apart    bool // as Reach.Apart
}

// ID is the id of the warnings on the page.
func (w Warned) ID() string {
	return "warned-" + strings.NewReplacer(".", "-", "_", "-").Replace(w.Field)
}

// ReachGroup is a group of people with the same outcome.
type ReachGroup struct {
	Title, Count string
	People       []Person
	More         string // how many more; "" for none
}

// MailSample is the mail as a reader would see it.
type MailSample struct{ Subject, Text string }
