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

// Parameter is something that an event type or a job type can be told.
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
)

// EventType is an entry in the catalogue of things that can happen.
type EventType struct {
	Name        string
	Label       string // "System user is locked"
	When        string // "a system user is locked", for a sentence in words
	Designation Designation
	Description string
	Parameters  []Parameter
	// Jobs are the names of the job types that it is recommended with.
	Jobs []string
	// External events are posted; all others come from inside.
	External bool
	// SetOffByStranger: somebody who is not logged in can make it happen, so
	// that a job must not take anything away from the system user.
	SetOffByStranger bool
	// Waits is who waits while a run is put off, at the beginning of a sentence,
	// where that is somebody who cannot go on without it.
	Waits string
	// AskedBy is who asks for a password by such an event, if anybody does.
	AskedBy Asker
}

// Asker is who asked for a password. Where somebody did, the limits on what
// automations send unasked do not apply; the asking has limits of its own.
type Asker string

// Who may have asked.
const (
	AskedByNobody   Asker = ""         // an automation sends it unasked
	AskedByUser     Asker = "user"     // or a stranger in the user's name
	AskedByOther    Asker = "other"    // somebody with the right to set the password
	AskedByStranger Asker = "stranger" // nobody, but a stranger can make an automation send it
)

// Has reports whether the event type declares a parameter of that name.
func (t EventType) Has(parameter string) bool {
	return slices.ContainsFunc(t.Parameters, func(p Parameter) bool { return p.Name == parameter })
}

// JobType describes a thing that can be done. The catalogue of them is in the
// engine, which knows how each is planned.
type JobType struct {
	Name        string
	Label       string
	Designation Designation
	Description string
	Hints       []string // what people should know, shown beside the fields
	Parameters  []Parameter
	// Offered is false for what the catalogue only explains.
	Offered bool
	// NotOffered says why, where Offered is false.
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

// FitOf says how t and j go together: (S) with (S) is usual, recommended where
// the event type says so; what is both goes with either, unusually; (S) with
// (C) is impossible, because the one has nobody for the other.
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

// eventTypes is filled by the files of the event types while the program is
// initialised and not written after.
var eventTypes = map[string]EventType{}

// RegisterEventType adds an entry to the catalogue. It is called from an init
// function in the file of the event type, and panics on a name that is taken.
func RegisterEventType(t EventType) {
	if _, taken := eventTypes[t.Name]; taken {
		//nolint:forbidigo // two files with one name is a mistake of whoever wrote them, seen at the first start
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
