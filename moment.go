package rekey

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// MomentRule says in a message what ParseTime reads.
const MomentRule = "Give a moment such as 2026-01-31T12:00:00Z (RFC 3339)."

// ParseTime reads a moment as RFC 3339 §5.6 writes it, and returns it in UTC. It is
// the one way in for times of events, files, the API and the command line. Unlike
// time.Parse it takes t and z in lower case, a fraction of any length (what is below
// a nanosecond is dropped), and a leap second. It refuses a comma before the fraction
// and an hour of one digit. A leap second is the last second of a day in UTC, and is
// read as the first one of the next day. The error is rekey.CodeInvalid without a
// field.
func ParseTime(text string) (time.Time, error) {
	wrong := NewError(CodeInvalid, MomentRule)
	text = strings.ToUpper(text)
	if !rfc3339.MatchString(text) {
		return time.Time{}, wrong
	}
	afterLeap, leap := strings.CutPrefix(text[len("2006-01-02T15:04"):], ":60")
	if leap {
		text = text[:len("2006-01-02T15:04")] + ":59" + afterLeap
	}
	at, err := time.Parse(time.RFC3339, text) // it checks the calendar, and takes a fraction
	if err != nil {
		return time.Time{}, wrong
	}
	at = at.UTC()
	if !leap {
		return at, nil
	}
	if at.Hour() != 23 || at.Minute() != 59 {
		return time.Time{}, wrong
	}
	return at.Add(time.Second), nil
}

// rfc3339 is the form of a moment in upper case. time.Parse takes more: a comma before
// the fraction, an hour of one digit, and offsets of more than a day.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// Moment is a time in JSON that ParseTime reads. Structs with times that come in use
// it to decode them.
type Moment time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (m *Moment) UnmarshalJSON(text []byte) error {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s == nil {
		return nil
	}
	at, err := ParseTime(*s)
	if err != nil {
		return &json.UnmarshalTypeError{Value: "string", Type: reflect.TypeFor[time.Time]()}
	}
	*m = Moment(at)
	return nil
}
