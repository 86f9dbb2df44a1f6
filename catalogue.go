package rekey

import (
	"cmp"
	"maps"
	"slices"
)

// Designation says what an event type or a job type is about.
type Designation string

// The designations.
const (
	SystemRelated   Designation = "S"
	ContactRelated  Designation = "C"
	SystemOrContact Designation = "S/C"
)

// Parameter is a parameter of an event type or a job type.
type Parameter struct {
	Name        string `json:"name" doc:"Its name in the API."`
	Label       string `json:"label" doc:"Its name for people."`
	Description string `json:"description" doc:"What it does."`
}

// The parameters of event types.
const (
	ParamSystemUser = "system_user"
	ParamName       = "name"
	ParamSource     = "source"
	ParamSchedule   = "schedule"
	ParamAutomation = "automation"
)

// EventType is an entry in the catalogue of things that can happen.
type EventType struct {
	Name        string
	Label       string // "System user is locked"
	When        string // "a system user is locked", for the middle of a sentence
	Designation Designation
	Description string
	Parameters  []Parameter
	// Jobs are the names of the job types recommended for this event type.
	Jobs []string
	// External events are posted by other systems; all others come from Rekey.
	External bool
	// NamesNobody: no system user is involved.
	NamesNobody bool
	// SetOffByStranger: somebody who is not logged in can cause the event. So its
	// job must not take any way in from the system user.
	SetOffByStranger bool
	// Outsiders is the source in whose events outsiders have a say; "" in the
	// catalogue. See FromOutsiders.
	Outsiders string
	// Waits says, at the beginning of a sentence, who cannot go on while a run is
	// delayed; "" if nobody waits.
	Waits string
	// AskedBy is who asks for a password by causing such an event.
	AskedBy Asker
}

// Asker is who asked for a password. The limits on unasked mails do not apply to a
// password that was asked for; it has limits of its own.
type Asker string

// Who may have asked.
const (
	AskedByNobody   Asker = ""         // an automation sends it unasked
	AskedByUser     Asker = "user"     // the user, or a stranger in the user's name
	AskedByOther    Asker = "other"    // a person with the right to set the password
	AskedByStranger Asker = "stranger" // nobody asked, but a stranger can make an automation send it
)

// InPerson reports whether somebody asked who waits for the password, or for whom
// somebody else waits.
func (a Asker) InPerson() bool { return a == AskedByUser || a == AskedByOther }

// Has reports whether the event type declares a parameter of that name.
func (t EventType) Has(parameter string) bool {
	return slices.ContainsFunc(t.Parameters, func(p Parameter) bool { return p.Name == parameter })
}

// FromOutsiders returns t as it counts for the events of a source in which outsiders
// have a say (EventSource.Outsiders): a stranger can set them off. With Rekey's own
// source it counts for the events of a chain that a stranger can set off.
func (t EventType) FromOutsiders(source string) EventType {
	if source == InternalSource {
		source = ""
	}
	t.SetOffByStranger, t.AskedBy, t.Outsiders = true, AskedByStranger, source
	return t
}

// JobType describes an entry in the catalogue of things that can be done. The
// engine keeps that catalogue, because it knows how each job is planned.
type JobType struct {
	Name        string
	Label       string
	Designation Designation
	Description string
	Hints       []string // what people should know, shown beside the fields
	Parameters  []Parameter
	// Offered is false for an entry that the catalogue only explains.
	Offered bool
	// NotOffered says why Offered is false.
	NotOffered string
}

// Fit says how well an event type and a job type go together (R5).
type Fit string

// The fits, from the best to the worst.
const (
	FitRecommended Fit = "recommended"
	FitUsual       Fit = "usual"
	FitUnusual     Fit = "unusual"    // warned about
	FitImpossible  Fit = "impossible" // refused
)

// FitOf says how t and j fit. The same designation is usual, and recommended if the
// event type lists the job. S/C with another designation is unusual. S with C is
// impossible: a contact is no system user.
func FitOf(t EventType, j JobType) Fit {
	switch {
	case !j.Offered:
		return FitImpossible
	case slices.Contains(t.Jobs, j.Name):
		return FitRecommended
	case t.Designation == j.Designation:
		return FitUsual
	case t.Designation == SystemOrContact || j.Designation == SystemOrContact:
		return FitUnusual
	default:
		return FitImpossible
	}
}

// eventTypes is filled by the init functions of the event types and never written
// afterwards.
var eventTypes = map[string]EventType{}

// RegisterEventType adds an entry to the catalogue. The file of the event type
// calls it in an init function. It panics if the name is taken.
func RegisterEventType(t EventType) {
	if _, taken := eventTypes[t.Name]; taken {
		//nolint:forbidigo // two files with one name are a programming mistake, which shows at the first start
		panic("rekey: event type " + t.Name + " is registered twice")
	}
	eventTypes[t.Name] = t
}

// EventTypes lists the catalogue by name.
func EventTypes() []EventType {
	return slices.SortedFunc(maps.Values(eventTypes), func(a, b EventType) int { return cmp.Compare(a.Name, b.Name) })
}

// FindEventType looks an event type up by its name.
func FindEventType(name string) (EventType, bool) {
	t, ok := eventTypes[name]
	return t, ok
}

// oneSystemUser is the parameter of the event types that are about a person.
var oneSystemUser = []Parameter{{
	Name:        ParamSystemUser,
	Label:       "System user",
	Description: "Only when it happens to this system user. Leave empty for any.",
}}
