package rekey

import (
	"encoding/json"
	"reflect"
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
	const shape = "0000-00-00T00:00:00"
	if len(text) <= len(shape) || !shaped(text[:len(shape)], shape) {
		return time.Time{}, wrong
	}
	leap := text[17:19] == "60"
	seconds := text[:len(shape)]
	if leap {
		seconds = text[:17] + "59"
	}
	at, err := time.Parse("2006-01-02T15:04:05", strings.ToUpper(seconds)) // it checks the calendar
	if err != nil {
		return time.Time{}, wrong
	}
	nanoseconds, rest, ok := parseFraction(text[len(shape):])
	if !ok {
		return time.Time{}, wrong
	}
	offset, ok := parseOffset(rest)
	if !ok {
		return time.Time{}, wrong
	}
	at = at.Add(-offset)
	if leap {
		if at.Hour() != 23 || at.Minute() != 59 {
			return time.Time{}, wrong
		}
		at = at.Add(time.Second)
	}
	return at.Add(nanoseconds), nil
}

// shaped reports whether text has a digit where shape has a 0, and otherwise the same
// characters, in either case.
func shaped(text, shape string) bool {
	for i := range len(shape) {
		digit := '0' <= text[i] && text[i] <= '9'
		if shape[i] == '0' && !digit || shape[i] != '0' && !strings.EqualFold(text[i:i+1], shape[i:i+1]) {
			return false
		}
	}
	return true
}

// parseFraction reads ".123" and returns what follows.
func parseFraction(text string) (fraction time.Duration, rest string, ok bool) {
	digits, found := strings.CutPrefix(text, ".")
	if !found {
		return 0, text, true
	}
	rest = strings.TrimLeft(digits, "0123456789")
	unit := time.Second
	for i := range len(digits) - len(rest) {
		unit /= 10
		fraction += time.Duration(digits[i]-'0') * unit
	}
	return fraction, rest, len(rest) < len(digits)
}

// parseOffset reads "Z" or "+01:00". RFC 3339 §4.3: -00:00 is UTC, too.
func parseOffset(text string) (time.Duration, bool) {
	if strings.EqualFold(text, "z") {
		return 0, true
	}
	const shape = "00:00"
	if len(text) != len("+"+shape) || text[0] != '+' && text[0] != '-' || !shaped(text[1:], shape) {
		return 0, false
	}
	of, err := time.Parse("15:04", text[1:])
	if err != nil {
		return 0, false
	}
	offset := time.Duration(of.Hour())*time.Hour + time.Duration(of.Minute())*time.Minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}

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
