// Package strictjson refuses JSON that encoding/json silently accepts, and explains
// the errors of encoding/json to people.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rekey"
)

// Error says what is wrong with a text.
type Error struct {
	Field   string // "delay.value" or "users[3].name"; "" for the whole text
	Message string // a sentence
}

// Error implements error.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Check returns an *Error if a text is not valid JSON in UTF-8 (RFC 8259), or if an
// object has a name twice, because parsers differ in which value they take (RFC
// 8259 §4).
func Check(text []byte) error { return check(text, false) }

// CheckNumbers is Check, and also refuses a number that no float64 holds.
func CheckNumbers(text []byte) error { return check(text, true) }

func check(text []byte, numbers bool) error {
	if !utf8.Valid(text) { // encoding/json would replace the bad bytes
		return &Error{Message: "It is not valid UTF-8."}
	}
	if !json.Valid(text) {
		var v json.RawMessage
		return Explain(json.Unmarshal(text, &v), text)
	}
	w := walk{text: text, numbers: numbers}
	if wrong := w.value(); wrong != nil {
		return wrong
	}
	return nil
}

// Explain explains an error of encoding/json about a text to people; nil stays nil.
func Explain(err error, text []byte) error {
	var syntax *json.SyntaxError
	var misfit *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(bytes.TrimRight(text, " \t\r\n"))) && !endsWrongly(text, syntax):
		return &Error{Message: "It ends too early."}
	case errors.As(err, &syntax):
		before := text[:max(syntax.Offset-1, 0)]
		line := bytes.Count(before, []byte("\n")) + 1
		column := len(before) - bytes.LastIndexByte(before, '\n')
		return &Error{Message: fmt.Sprintf("Something is wrong at line %d, column %d.", line, column)}
	case errors.As(err, &misfit) && misfit.Field != "" && misfit.Type == reflect.TypeFor[time.Time]():
		return &Error{Field: misfit.Field, Message: rekey.MomentRule}
	case errors.As(err, &misfit) && misfit.Field != "":
		return &Error{Field: misfit.Field, Message: "This value has the wrong type, or is too large."}
	default:
		return &Error{Message: "A value has the wrong type for its field."}
	}
}

// endsWrongly reports whether the last character is wrong, and not the end of the
// text.
func endsWrongly(text []byte, syntax *json.SyntaxError) bool {
	return syntax.Error() != "unexpected end of JSON input" && len(bytes.TrimSpace(text)) > 0
}

// walk walks through a text of valid JSON.
type walk struct {
	text    []byte
	at      int
	numbers bool
}

// value walks over the next value.
func (w *walk) value() *Error {
	w.space()
	switch c := w.text[w.at]; {
	case c == '{':
		return w.object()
	case c == '[':
		return w.array()
	case c == '"':
		w.quoted()
	case c == '-' || c >= '0' && c <= '9':
		return w.number()
	default:
		w.literal()
	}
	return nil
}

func (w *walk) object() *Error {
	names := map[string]bool{}
	w.at++
	for w.space(); w.text[w.at] != '}'; w.space() {
		if w.text[w.at] == ',' {
			w.at++
			w.space()
		}
		name := unquoted(w.quoted())
		if names[name] {
			return &Error{name, "This appears twice. Give it once."}
		}
		names[name] = true
		w.space()
		w.at++ // the colon
		if wrong := w.value(); wrong != nil {
			return wrong.within(name)
		}
	}
	w.at++
	return nil
}

func (w *walk) array() *Error {
	w.at++
	for n := 0; ; n++ {
		w.space()
		switch w.text[w.at] {
		case ']':
			w.at++
			return nil
		case ',':
			w.at++
		}
		if wrong := w.value(); wrong != nil {
			return wrong.within("[" + strconv.Itoa(n) + "]")
		}
	}
}

// within puts the outer path in front of the field.
func (e *Error) within(outer string) *Error {
	if e.Field != "" && e.Field[0] != '[' {
		outer += "."
	}
	return &Error{outer + e.Field, e.Message}
}

func (w *walk) number() *Error {
	number := w.literal()
	if !w.numbers {
		return nil
	}
	if _, err := strconv.ParseFloat(string(number), 64); err != nil {
		return &Error{"", "This number is too large."}
	}
	return nil
}

// literal walks over a number, true, false or null.
func (w *walk) literal() []byte {
	from := w.at
	for w.at < len(w.text) && !strings.ContainsRune(" \t\r\n,]}", rune(w.text[w.at])) {
		w.at++
	}
	return w.text[from:w.at]
}

// quoted goes over a string, and returns it with its quotation marks.
func (w *walk) quoted() []byte {
	from := w.at
	for w.at++; w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	return w.text[from:w.at]
}

func (w *walk) space() {
	for w.at < len(w.text) && strings.IndexByte(" \t\r\n", w.text[w.at]) >= 0 {
		w.at++
	}
}

// unquoted is the text of a string: the same name can be written in several ways.
func unquoted(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text[1 : len(text)-1])
	}
	var name string
	_ = json.Unmarshal(text, &name) // it is valid
	return name
}
