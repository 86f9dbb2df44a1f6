package view

import (
	"fmt"
	"time"
)

// Runs is the list of runs.
type Runs struct {
	Frame

	Filters []Choice
	When    Heading
	// Event is the event that the list is narrowed to; empty: any.
	Event   Link
	EventID string
	// Filtered: the list is narrowed, so that it may be empty.
	Filtered bool
	Rows     []RunRow
	Pager    Pager
}

func (Runs) template() string { return "runs" }

// None is shown where there was never a run.
func (Runs) None() Empty {
	return Empty{Icon: "player-play", Title: "Nothing has run yet",
		Text:   "A run is one execution of an automation for one event. It shows who got a new password, who did not, and why.",
		Action: Link{"Open the automations", "/automations"}}
}

// RunRow is a run in a list.
type RunRow struct {
	ID, Short  string
	Automation string
	Event      Link
	State      State
	Why        string // its outcome in words, if the counts do not say it
	In         string // "12 of 20"; "" if it was to reach nobody
	Sent       string
	Skipped    string
	Failed     string
	Superseded string // not sent, because a newer run took their place
	When       Moment
}

// Run is one run. The blocks "live" and "state" change while it executes.
type Run struct {
	Frame

	ID         string
	Automation Link // without Href if it was deleted
	Event      Link
	When       Moment
	State      State
	Steps      []Step
	Progress   Progress
	Sentences  []string
	People     Standings
	Undone     Undone
	// Live is the path of its event stream; "" if nothing changes any more.
	Live string
	// Show is the address of this page, with its tab and filters.
	Show   string
	Cancel Action // may be empty
	// Approve releases a held run; may be empty.
	Approve Action
	// Stop and Rest are for a run with a wave to come; may be empty.
	Stop, Rest Action
	Undo       Action // ends what the run mailed; may be empty

	Tabs   []Tab
	Groups []ReasonGroup // why some were skipped
	Hidden string        // how many more there are, in words
	Rows   []DeliveryRow
	Nobody string // why the table is empty, in words
	Pager  Pager
}

func (Run) template() string { return "run" }

// Progress is the progress of a run.
type Progress struct {
	Value, Max int64 // Max 0: there is nothing to send
	Text       string
}

// ReasonGroup is the number of people skipped for one reason.
type ReasonGroup struct {
	Text   string
	Count  string
	Href   string
	Active bool
}

// DeliveryRow is a delivery in a list.
type DeliveryRow struct {
	ID     string
	Person Person
	State  State
	Reason string // in words
	Newer  Link   // to the run that took its place; empty if none did
	Reply  string // of the mail server
	At     Moment
	Menu   []Action
}

// Step is one of a timeline. Part "timeline" takes a list of them.
type Step struct {
	Name string
	At   Moment
	// Took is the time since the previous step; "" if it means nothing.
	Took  string
	State StepState
}

// StepState is whether a step of a timeline was taken.
type StepState string

// The states of a step.
const (
	StepTaken  StepState = "taken"
	StepNow    StepState = "now"
	StepAhead  StepState = "ahead"
	StepFailed StepState = "wrong"
)

// Word is the state for screen readers.
func (s StepState) Word() string {
	return map[StepState]string{StepTaken: "done", StepNow: "under way", StepAhead: "not yet", StepFailed: "ended here"}[s]
}

// Took is a length of time as it is measured: 41 ms, 4.2 s, 3 min.
func Took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return About(d)
}
