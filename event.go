package rekey

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of an event that is posted.
const (
	MaxEventName   = 255    // characters of an external event's name
	MaxEventSource = 255    // characters of a source or an id
	MaxEventUsers  = 10_000 // system users named by one event
	// MaxMappedPeople is how many people a mapping finds in one event.
	MaxMappedPeople = 1_000
	MaxEventAhead   = 5 * time.Minute // how far in the future its time may be
)

// Event is one occurrence of an event type. Source and SourceID together identify
// it for ever (CloudEvents 1.0 §3.1.1).
type Event struct {
	ID       string // Rekey's own id
	Type     string // an entry of the catalogue: "user.locked", "external"
	Name     string // of an external event: "siem.credential_leaked"
	Source   string // "rekey" for events from inside
	SourceID string // the id that the source gave the event
	Time     time.Time
	Received time.Time
	// Users are the system users involved, as ids or addresses. They are looked up
	// when a run executes. One that names no system user stays on record.
	Users []string
	// Data came with the event; {} if nothing did. It is never mailed. It is nil once
	// it is deleted, which is before the event itself.
	Data json.RawMessage
	// Digest is SHA-256 over what the source sent. It tells a repeat from another
	// event with the same id.
	Digest []byte
	// Outsiders: people who are not known here have a say in it, because it came from
	// a source with EventSource.Outsiders, or follows in a chain that a stranger can set
	// off. Its runs may only keep the old password.
	Outsiders bool
	// Automation is the id of the automation that it is about: whose schedule was reached,
	// or that has finished; "" for other events.
	Automation string
	Chain      Chain
	// AgainOf is the id of the run to whose people it sends again, by Automation only: to
	// those who were not in, see Standing; "" for other events.
	AgainOf string
	// PostedBy is the id of the API user who posted it, or of the person who asked
	// for it in the console; "" for Rekey itself.
	PostedBy string
}

// Title is the event's name for people: an external event's own name, otherwise its
// type.
func (e Event) Title() string {
	if e.Type == External {
		return e.Name
	}
	return e.Type
}

// EventNameRule says in a message which names ValidEventName takes.
const EventNameRule = "An event name has 1 to 255 printable characters, and no blanks at its ends."

// ValidEventName reports whether name can be an external event's. Senders often
// cannot change their types, so names take what CloudEvents 1.0 §2.2 allows. They are
// compared exactly.
func ValidEventName(name string) bool {
	return name != "" && utf8.RuneCountInString(name) <= MaxEventName && Printable(name) && strings.TrimSpace(name) == name
}

// EventSource is what an API user may post: events with these names from one
// source, which belongs to that user alone.
type EventSource struct {
	Source string `json:"source" doc:"The source of CloudEvents." minLength:"1" maxLength:"255" example:"/siem"`
	// Names are event names. One that ends in "*" allows all names with that
	// beginning. With no names, nothing may be posted.
	Names []string `json:"names" nullable:"false" doc:"Names of events; a name that ends in * means all names with the same beginning." example:"[\"siem.*\"]"`
	// People is the mapping of the source: a CEL expression over event that gives the
	// addresses or ids of the system users involved. "" means that the sender writes
	// for Rekey, and lists them in data.system_users.
	People string `json:"people,omitempty" maxLength:"4000" doc:"Which part of its events names the people: a CEL expression over event that gives a list of addresses or ids. If left out, data.system_users lists them." example:"[event.data.ticket.reporter.email]"`
	// Trusted: an Administrator trusts the source to name people through its mapping.
	Trusted bool `json:"trusted,omitempty" doc:"Whether an Administrator trusts the mapping to name people. Without trust, runs of its events may only keep the old password, because outsiders may type what the mapping reads."`
}

// Outsiders reports whether people who are not known here have a say in the events of
// the source. What a mapping reads was not written for Rekey: an outsider can type
// who reports a ticket.
func (s EventSource) Outsiders() bool { return s.People != "" && !s.Trusted }

// Validate names the fields "source", "names" and "trusted". It does not compile the
// mapping.
func (s EventSource) Validate() error {
	var p Problems
	if s.Source == "" || len(s.Source) > MaxEventSource || strings.ContainsFunc(s.Source, unprintable) {
		p.Add("source", "A source has 1 to 255 characters, such as /siem.")
	}
	if reserved(s.Source) {
		p.Add("source", "This source is Rekey's own.")
	}
	for _, name := range s.Names {
		if stem := strings.TrimSuffix(name, "*"); name != "*" && (!ValidEventName(stem) || strings.Contains(stem, "*")) {
			p.Add("names", EventNameRule+" It may have a * only at its end; the * means all names with the same beginning.")
		}
	}
	if s.Trusted && s.People == "" {
		p.Add("trusted", "Only a source with a mapping needs trust. Without one, its sender names people in data.system_users.")
	}
	return p.Err()
}

// Allows reports whether an event of that name may be posted from s.
func (s EventSource) Allows(name string) bool {
	for _, allowed := range s.Names {
		if stem, open := strings.CutSuffix(allowed, "*"); name == allowed || open && strings.HasPrefix(name, stem) {
			return true
		}
	}
	return false
}

// InternalSource is the source of Rekey's own events.
const InternalSource = "rekey"

// testSources begin the sources of test events.
const testSources = "/console/"

// TestSource is the source of the external events that a system user posts by hand
// as a test.
func TestSource(userID string) string { return testSources + userID }

// IsTest reports whether a person posted e by hand. Its runs may do only what both
// the automation's owner and that person may do. Otherwise one would lend the other
// their rank.
func (e Event) IsTest() bool { return strings.HasPrefix(e.Source, testSources) }

// reserved reports whether no API user may post from a source.
func reserved(source string) bool {
	return source == InternalSource || strings.HasPrefix(source, testSources)
}

// EventSource returns the record of a source from which u may post; the zero value if
// it is not theirs.
func (u SystemUser) EventSource(source string) EventSource {
	for _, s := range u.Sources {
		if s.Source == source {
			return s
		}
	}
	return EventSource{}
}

// MayPost reports whether u may post an external event of that name from that
// source. An API or Hybrid user may post only what their record lists.
func (u SystemUser) MayPost(source, name string) bool {
	if u.Type == TypeUI || reserved(source) {
		return false
	}
	return u.EventSource(source).Allows(name)
}
