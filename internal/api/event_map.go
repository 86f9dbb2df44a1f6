package api

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"unicode"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/strictjson"
)

// mapPeople fills in the people of events whose source has a mapping. Whether
// such a source is trusted is noted with the event, and looked at again when a
// password is issued.
func (a *API) mapPeople(posted []cloudEvent, events []rekey.Event, caller rekey.SystemUser) error {
	var p rekey.Problems
	var spent uint64
	for i, e := range posted {
		source := caller.EventSource(e.source)
		if source.People == "" {
			continue
		}
		if spent > admin.MaxMappings {
			return rekey.Invalid(e.path+"data", "The mapping costs too much for all events of the request. Post them in several requests.")
		}
		people, cost, err := a.admin.MapPeople(source.People, e.object())
		if spent += cost; err != nil {
			p.Add(e.path+"data", err.Error())
			continue
		}
		events[i].Users, events[i].Outsiders = make([]string, len(people)), source.Outsiders()
		for n, text := range people {
			var ok bool
			if events[i].Users[n], ok = subjectOf(text); !ok {
				p.Add(e.path+"data", fmt.Sprintf("Entry %d in the list of the mapping is not an address or id.", n+1))
			}
		}
	}
	return p.Err()
}

// subjectOf returns the address or id that a text is meant to be, and whether it can
// be one.
func subjectOf(text string) (string, bool) {
	subject := rekey.TypedSubject(text)
	return subject, subject != "" && len(text) <= maxSubject && !strings.ContainsFunc(subject, unicode.IsControl)
}

// ReadSample reads an event in structured mode as a mapping sees it when it is posted.
// Attributes may be left out. Errors name "event".
func ReadSample(text []byte) (map[string]any, error) {
	text, err := plainText(text)
	if err != nil {
		return nil, rekey.Invalid("event", err.Error())
	}
	if err := strictjson.Check(text); err != nil {
		return nil, rekey.Invalid("event", "Give an event as JSON. "+err.Error())
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, rekey.Invalid("event", "Give an event as a JSON object.")
	}
	var p rekey.Problems
	e, err := readStructured(text, "", &p)
	if err != nil {
		return nil, err
	}
	e.open(&p)
	if err := p.Err(); err != nil {
		return nil, rekey.Invalid("event", err.Error())
	}
	return e.object(), nil
}

// object is the event as a mapping sees it: as in structured mode, with data that was
// opened.
func (e cloudEvent) object() map[string]any {
	object := make(map[string]any, len(attributes)+len(e.extensions))
	maps.Copy(object, e.extensions)
	for name, value := range map[string]string{
		"specversion": e.specVersion, "id": e.id, "source": e.source, "type": e.kind, "time": e.time, "subject": e.subject,
		"datacontenttype": e.contentType, "dataschema": e.schema,
	} {
		if value != "" {
			object[name] = value
		}
	}
	if e.opened != nil {
		object["data"] = e.opened
	}
	return object
}
