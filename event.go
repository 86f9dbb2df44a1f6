package rekey

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// Limits of an event that is posted.
const (
	MaxEventName   = 100             // characters of an external event's name
	MaxEventSource = 255             // characters of a source, and of an id
	MaxEventUsers  = 10_000          // system users that one event may name
	MaxEventAhead  = 5 * time.Minute // how far ahead its time may lie
)

// Event is one occurrence of an event type. Source and ID together name it,
// for ever, as CloudEvents 1.0 §3.1.1 has it.
type Event struct {
	ID       string // ours
	Type     string // an entry of the catalogue: "user.locked", "external"
	Name     string // of an external event: "siem.credential_leaked"
	Source   string // "rekey" for events from inside
	SourceID string // the id that the source gave it
	Time     time.Time
	Received time.Time
	// Users are the system users involved, as ids or addresses. They are
	// looked up when a run executes; one that is nobody's stays on record.
	Users []string
	// Data is what came with it, kept for the record and shown to nobody by
	// mail.
	Data json.RawMessage
	// Digest is SHA-256 over what the source sent; it tells a repeat from
	// another event under the same id.
	Digest []byte
	// PostedBy is the id of the API user who posted it, or of whoever asked
	// for it in the console; "" for Rekey itself.
	PostedBy string
}

// Title is what people call the event: one from outside by its own name.
func (e Event) Title() string {
	if e.Type == External {
		return e.Name
	}
	return e.Type
}

var eventName = regexp.MustCompile(`^[a-z0-9._-]{1,100}$`)

// ValidEventName reports whether name can be an external event's.
func ValidEventName(name string) bool { return eventName.MatchString(name) }

// EventSource is what an API user may post: events from one source, which
// belongs to that user alone, with these names.
type EventSource struct {
	Source string `json:"source" doc:"The source of CloudEvents." minLength:"1" maxLength:"255" example:"/siem"`
	// Names are event names; one that ends in "*" stands for all that begin
	// like it. None means that nothing may be posted.
	Names []string `json:"names" nullable:"false" doc:"Names of events; one that ends in * stands for all that begin like it." example:"[\"siem.*\"]"`
}

// Validate names the fields "source" and "names".
func (s EventSource) Validate() error {
	var p Problems
	if s.Source == "" || len(s.Source) > MaxEventSource || strings.ContainsFunc(s.Source, unprintable) {
		p.Add("source", "A source has 1 to 255 characters, such as /siem.")
	}
	if reserved(s.Source) {
		p.Add("source", "This source is Rekey's own.")
	}
	for _, name := range s.Names {
		if name != "*" && !ValidEventName(strings.TrimSuffix(name, "*")) {
			p.Add("names", "An event name has 1 to 100 characters from a-z, 0-9, dot, underscore and hyphen; a * at its end stands for all that begin like it.")
		}
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

// InternalSource is the source of the events that come from inside.
const InternalSource = "rekey"

// testSources begin the sources of test events.
const testSources = "/console/"

// TestSource is the source of the external events that a system user posts by
// hand, to see what happens.
func TestSource(userID string) string { return testSources + userID }

// IsTest reports whether somebody posted e by hand. Its runs do no more than
// both the automation's owner and whoever posted it may do: otherwise the one
// would lend the other their rank.
func (e Event) IsTest() bool { return strings.HasPrefix(e.Source, testSources) }

// reserved reports whether no API user may post from a source.
func reserved(source string) bool {
	return source == InternalSource || strings.HasPrefix(source, testSources)
}

// MayPost reports whether u may post an external event of that name from that
// source: only what the record of an API or Hybrid user lists.
func (u SystemUser) MayPost(source, name string) bool {
	if u.Type == TypeUI || reserved(source) {
		return false
	}
	for _, s := range u.Sources {
		if s.Source == source && s.Allows(name) {
			return true
		}
	}
	return false
}
