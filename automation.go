package rekey

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of the texts of automations and selections, in characters.
const (
	MaxName        = 100
	MaxDescription = 2_000
)

// AutomationStatus says whether events start runs of an automation.
type AutomationStatus string

// The statuses of automations. An event starts runs of those that are active or in
// trial.
const (
	AutomationDraft    AutomationStatus = "draft"    // never activated; may be incomplete
	AutomationActive   AutomationStatus = "active"   // validated, and events start runs
	AutomationTrial    AutomationStatus = "trial"    // as active, but its runs are trials; see Run.Trial
	AutomationInactive AutomationStatus = "inactive" // was active or in trial
)

// Starts reports whether events start runs.
func (s AutomationStatus) Starts() bool { return s == AutomationActive || s == AutomationTrial }

// How an active automation is shown while it starts no runs or its runs are held.
// These statuses are never stored.
const (
	AutomationScheduled AutomationStatus = "scheduled" // its time frame has not begun
	AutomationDone      AutomationStatus = "done"      // its time frame has ended
	AutomationStopped   AutomationStatus = "stopped"   // its owner is blocked: runs are held until the owner is restored or replaced
)

// Automation says which event starts which job, for whom and when.
type Automation struct {
	ID          string
	Name        string
	NameKey     string // unique; see NameKey
	Description string
	OwnerID     string // "" for the two built-in automations
	// OwnerBlocked: the owner is blocked now. It is read with the automation and
	// never written.
	OwnerBlocked bool
	EventType    string
	EventFilter  EventFilter
	JobType      string
	JobParams    json.RawMessage // checked by the job type
	SelectionID  string          // "" means no selection
	Delay        Delay
	TimeFrame    TimeFrame
	TimeZone     string // IANA; days and weeks are counted in it
	Status       AutomationStatus
	// NextAt is the next moment of the schedule; zero if there is none, or if events start
	// no runs. It never goes back while the schedule stays the same, and
	// changes without a new version.
	NextAt time.Time
	// BuiltIn names the purpose of a built-in automation, which cannot be deleted;
	// "" for all others.
	BuiltIn   string
	Version   int64 // rises with every write; it is the ETag
	CreatedAt time.Time
	UpdatedAt time.Time
	UpdatedBy string // id of the system user who saved it last; "" for Rekey itself
}

// NameKey folds the case of a name. Names are unique without regard to case, in all
// databases alike.
func NameKey(name string) string { return Fold(TypedText(name)) }

// Fold returns the same text for texts that differ in case only.
func Fold(text string) string {
	// cases.Fold swaps the two cases of Cherokee.
	// Some letters fold to several, which then are not composed.
	return norm.NFC.String(strings.ToLower(cases.Fold().String(text)))
}

// Validate trims the texts and checks everything except the parameters of the job,
// which the job type checks. The event type must be in the catalogue and fit the
// job type.
func (a *Automation) Validate(j JobType) error {
	var p Problems
	a.Name, a.Description = TypedText(a.Name), TypedText(a.Description)
	a.NameKey = NameKey(a.Name)
	a.EventFilter.Name.Value, a.EventFilter.Source.Value = TypedText(a.EventFilter.Name.Value), TypedText(a.EventFilter.Source.Value)
	CheckName(&p, a.Name, "Give the automation a name.")
	CheckDescription(&p, a.Description)
	if t, ok := FindEventType(a.EventType); !ok {
		p.Add("event_type", "Choose an event type from the catalogue.")
	} else {
		p.Merge("event_filter.", a.EventFilter.Validate(t))
		if FitOf(t, j) == FitImpossible {
			p.Add("job_type", "A ("+string(t.Designation)+") event cannot start the job "+j.Label+".")
		}
	}
	p.Merge("", a.ValidateTimes())
	return p.Err()
}

// ValidateTimes checks the delay, the time frame and the time zone.
func (a *Automation) ValidateTimes() error {
	var p Problems
	p.Merge("delay.", a.Delay.Validate())
	a.TimeZone = TypedZone(a.TimeZone)
	zone, err := LoadZone(a.TimeZone)
	p.Merge("", err)
	if err != nil {
		zone = time.UTC
	}
	p.Merge("time_frame.", a.TimeFrame.Validate(zone))
	return p.Err()
}

// CheckName adds a problem to the field "name" if the name of an automation or a
// selection is wrong. missing is the message for an empty name.
func CheckName(p *Problems, name, missing string) {
	switch {
	case name == "":
		p.Add("name", missing)
	case utf8.RuneCountInString(name) > MaxName:
		p.Add("name", "A name has at most 100 characters.")
	case strings.ContainsFunc(name, unprintable):
		p.Add("name", "A name must not contain line breaks or control characters.")
	}
}

// CheckDescription adds a problem to the field "description" if the text is wrong.
func CheckDescription(p *Problems, description string) {
	plain := strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(description)
	switch {
	case utf8.RuneCountInString(description) > MaxDescription:
		p.Add("description", "A description has at most 2,000 characters.")
	case strings.ContainsFunc(plain, unprintable):
		p.Add("description", "A description must not contain control characters.")
	}
}

// Due returns when the run of a for e is due. It is computed once, when the event
// arrives, and stored. The hours of the time frame do not delay what asked wants in
// person.
func (a Automation) Due(e Event, asked Asker) (time.Time, error) {
	zone, err := LoadZone(a.TimeZone)
	if err != nil {
		return time.Time{}, err
	}
	frame := a.TimeFrame
	if asked.InPerson() {
		frame.Hours = DayHours{}
	}
	return frame.Move(a.Delay.Due(e.Time, zone), zone), nil
}

// NextMoment returns the first moment of the schedule after t that lies in the time frame,
// whether or not the automation is active; zero if there is none.
func (a Automation) NextMoment(t time.Time) time.Time {
	zone, err := LoadZone(a.TimeZone)
	if err != nil || a.EventType != ScheduleReached {
		return time.Time{}
	}
	if a.TimeFrame.Ahead(t) {
		t = a.TimeFrame.Start.Add(-1)
	}
	if next := a.EventFilter.Schedule.Next(t, zone); !next.IsZero() && !a.TimeFrame.Over(next) {
		return next
	}
	return time.Time{}
}

// AskedBy says who asks for a password when an event of type t starts a run of a. A
// person who sends somebody a password means the built-in automation for it. No
// other automation on the same event may use that person's authority.
func (a Automation) AskedBy(t EventType) Asker {
	if t.AskedBy == AskedByOther && a.BuiltIn == "" {
		return AskedByNobody
	}
	return t.AskedBy
}

// ApprovableBy reports whether by may approve held runs of a, if by may change a: not
// if they own it or saved it last, unless they are an Administrator.
func (a Automation) ApprovableBy(by Authority) bool {
	return a.OwnerID != by.UserID && a.UpdatedBy != by.UserID || by.MayAdminister()
}

// Matches reports whether e starts a run of a.
func (a Automation) Matches(e Event) bool {
	if (e.Type == ScheduleReached || e.AgainOf != "") && e.Automation != a.ID {
		return false
	}
	return a.Status.Starts() && a.EventType == e.Type && a.TimeFrame.Contains(e.Time) && a.EventFilter.Match(e)
}

// RunFor returns the run of a that e starts, which has no id yet, and whether it starts
// one. The run is cancelled if its chain may not go on, or if it would be due after the end
// of the time frame. An error means that a has no time zone.
func (a Automation) RunFor(e Event) (run Run, starts bool, err error) {
	t, known := FindEventType(e.Type)
	if !known || !a.Matches(e) || e.Chain.Part > 1 && !a.SendParams().UseEventParameter {
		return run, false, nil
	}
	if e.Outsiders {
		t = t.FromOutsiders(e.Source)
	}
	run = Run{
		AutomationID: a.ID, EventID: e.ID, JobType: a.JobType, AskedBy: a.AskedBy(t), Trial: a.Status == AutomationTrial, State: RunWaiting, CreatedAt: e.Received,
	}
	if run.DueAt, err = a.Due(e, run.AskedBy); err != nil {
		return run, false, err
	}
	if run.AskedBy == AskedByOther {
		run.ActsFor = e.PostedBy
	}
	if bar := e.Chain.Bars(a.ID); bar != "" {
		run.State, run.Reason = RunCancelled, bar
	} else if a.TimeFrame.Over(run.DueAt) {
		run.State, run.Reason = RunCancelled, ReasonAfterEnd
	}
	return run, true, nil
}

// Names are the texts in a that name system users; an empty one names nobody.
func (a Automation) Names() []string {
	return append([]string{a.EventFilter.User, a.SendParams().SystemUser}, a.NotifyParams().Recipients...)
}

// StatusAt returns the status in which a is shown at the moment now.
func (a Automation) StatusAt(now time.Time) AutomationStatus {
	switch {
	case a.Status != AutomationActive:
		return a.Status
	case a.TimeFrame.Over(now), a.EventType == ScheduleReached && a.NextAt.IsZero():
		return AutomationDone
	case a.OwnerBlocked:
		return AutomationStopped
	case a.TimeFrame.Ahead(now):
		return AutomationScheduled
	default:
		return AutomationActive
	}
}
