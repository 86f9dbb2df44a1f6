package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rekey"
)

const (
	// maxAge is how long ago an event may have taken place.
	maxAge = 90 * 24 * time.Hour
	// maxSubject is the longest address or id of a system user, in bytes.
	maxSubject = 254
)

// checkEvents turns posted events into events, all or none. If any event is not
// valid, the error names all problems. After that it checks what the caller may
// post.
func checkEvents(posted []cloudEvent, caller rekey.SystemUser, now time.Time) ([]rekey.Event, error) {
	var p rekey.Problems
	events := make([]rekey.Event, len(posted))
	for i := range posted {
		e := &posted[i]
		e.open(&p)
		events[i] = e.check(now, caller.EventSource(e.source).People != "", &p)
		events[i].PostedBy = caller.ID
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	for i, e := range events {
		if err := posted[i].allowed(e, caller); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// check checks the attributes of one event. If it is mapped, it names nobody yet.
func (e cloudEvent) check(now time.Time, mapped bool, p *rekey.Problems) rekey.Event {
	event := rekey.Event{Type: rekey.External, Source: e.source, SourceID: e.id, Time: now, Received: now}
	switch e.specVersion {
	case "1.0":
	case "":
		p.Add(e.attribute("specversion"), "This is required: 1.0.")
	default:
		p.Add(e.attribute("specversion"), "Only CloudEvents 1.0 are understood.")
	}
	e.checkText(p, "id", e.id)
	e.checkText(p, "source", e.source)
	if _, err := url.Parse(e.source); err != nil {
		p.Add(e.attribute("source"), "Give a URI reference such as /siem or https://siem.example.org.")
	}
	data, _ := e.opened.(map[string]any)
	event.Name = e.checkName(p, data)
	var sent time.Time
	if e.time != "" {
		sent = e.checkTime(p, now)
		event.Time = sent
	}
	if !mapped {
		event.Users = e.checkUsers(p)
	}
	var asSent json.RawMessage
	if e.data != nil {
		asSent, event.Data = canonical(e.data), canonical(e.opened)
	}
	event.Digest = e.digest(sent, asSent)
	return event
}

// checkText checks id and source.
func (e cloudEvent) checkText(p *rekey.Problems, name, text string) {
	switch {
	case strings.TrimSpace(text) == "":
		p.Add(e.attribute(name), "This is required.")
	case utf8.RuneCountInString(text) > rekey.MaxEventSource:
		p.Add(e.attribute(name), "Give at most 255 characters.")
	case strings.ContainsFunc(text, unicode.IsControl):
		p.Add(e.attribute(name), "Control characters are not allowed.")
	}
}

// checkName returns the event's name: data.name if the type is "external", else
// the type.
func (e cloudEvent) checkName(p *rekey.Problems, data map[string]any) string {
	switch e.kind {
	case "":
		p.Add(e.attribute("type"), "This is required: the event's name, or external with its name in data.name.")
		return ""
	case rekey.External:
		name, _ := data["name"].(string)
		if !rekey.ValidEventName(name) {
			p.Add(e.dataField("name"), "Give the event's name. "+rekey.EventNameRule)
		}
		return name
	default:
		if !rekey.ValidEventName(e.kind) {
			p.Add(e.attribute("type"), rekey.EventNameRule)
		}
		return e.kind
	}
}

func (e cloudEvent) checkTime(p *rekey.Problems, now time.Time) time.Time {
	t, err := rekey.ParseTime(e.time)
	switch {
	case err != nil:
		p.Add(e.attribute("time"), rekey.MomentRule)
	case t.After(now.Add(rekey.MaxEventAhead)):
		p.Add(e.attribute("time"), "This is more than 5 minutes ahead. Check the clocks; now it is "+now.UTC().Format(time.RFC3339)+".")
	case t.Before(now.Add(-maxAge)):
		p.Add(e.attribute("time"), "This is older than 90 days.")
	}
	return t
}

// checkUsers reads the list of system users. The run looks the users up, so that unknown
// names are recorded.
func (e cloudEvent) checkUsers(p *rekey.Problems) []string {
	data, _ := e.opened.(map[string]any)
	value, ok := data[peopleField]
	if !ok || value == nil {
		e.checkMisnamed(p)
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		p.Add(e.dataField(peopleField), "Give a list of addresses or ids.")
		return nil
	}
	if len(list) > rekey.MaxEventUsers {
		p.Add(e.dataField(peopleField), "Give at most 10,000 addresses or ids.")
		return nil
	}
	users := make([]string, len(list))
	for i, value := range list {
		text, ok := value.(string)
		user, fits := subjectOf(text)
		if !ok || !fits {
			p.Add(e.dataField(fmt.Sprintf(peopleField+"[%d]", i)), "Give an address or id: a text of 1 to 254 bytes without control characters.")
		}
		users[i] = user
	}
	return users
}

// allowed checks that the caller may post the event.
func (e cloudEvent) allowed(event rekey.Event, caller rekey.SystemUser) error {
	if t, internal := rekey.FindEventType(event.Name); internal {
		field, name := e.attribute("type"), t.Name
		if e.kind == rekey.External {
			field = e.dataField("name")
		}
		return &rekey.Error{Code: rekey.CodeForbidden, Message: "The event " + name + " comes from Rekey itself and cannot be posted.",
			Fields: []rekey.FieldError{{Field: field, Message: "Give a name that is not in the catalogue of event types."}}}
	}
	if caller.MayPost(event.Source, event.Name) {
		return nil
	}
	return &rekey.Error{Code: rekey.CodeForbidden, Message: "Your record does not list the event " + event.Name + " from the source " + event.Source + ".",
		Fields: []rekey.FieldError{{Field: e.attribute("source"), Message: "An administrator can add source and name to the sources of your system user."}}}
}

// canonical writes JSON with its members in order and without white space, so
// that equal content has equal bytes.
func canonical(data any) json.RawMessage {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(data); err != nil {
		return nil // what was decoded can be encoded
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

// digest tells a repeat from another event under the same source and id. It is
// SHA-256 over type, source, id, the time that was sent ("" if none), subject,
// schema, and the canonical data, each after its length. It leaves out the mode,
// and extension attributes: one for tracing differs each time an event is sent.
func (e cloudEvent) digest(sent time.Time, data []byte) []byte {
	var moment string
	if !sent.IsZero() {
		moment = sent.Format(time.RFC3339Nano)
	}
	h := sha256.New()
	var length [binary.MaxVarintLen64]byte
	for _, part := range [][]byte{
		[]byte(e.kind), []byte(e.source), []byte(e.id), []byte(moment), []byte(e.subject), []byte(e.schema), data,
	} {
		h.Write(length[:binary.PutUvarint(length[:], uint64(len(part)))])
		h.Write(part)
	}
	return h.Sum(nil)
}
