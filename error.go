package rekey

import (
	"errors"
	"strconv"
	"strings"
)

// Code says what kind of error it is. internal/server/problem.go turns codes into HTTP
// statuses.
type Code string

// The codes, each with its HTTP status.
const (
	CodeMalformed       Code = "malformed"       // 400: cannot be read at all
	CodeUnauthenticated Code = "unauthenticated" // 401: the caller is not known
	CodeForbidden       Code = "forbidden"       // 403: the caller is known but may not do it
	CodeNotFound        Code = "not_found"       // 404
	CodeConflict        Code = "conflict"        // 409: contradicts what is stored
	CodeStale           Code = "stale"           // 412: a newer version was saved meanwhile
	CodeTooLarge        Code = "too_large"       // 413
	CodeInvalid         Code = "invalid"         // 422: can be read, but breaks a rule
	CodeLimited         Code = "limited"         // 429: too often
	CodeInternal        Code = "internal"        // 500: the cause is logged, not shown
	CodeUnavailable     Code = "unavailable"     // 503: not now
)

// Errors that several packages return.
var (
	// ErrNoUser: the system user does not exist, or the caller may not see them.
	ErrNoUser = NewError(CodeNotFound, "System user not found.")
	// ErrStale: the caller's version is not the latest.
	ErrStale = NewError(CodeStale, "Somebody saved a newer version in the meantime. Load that version and make your change again.")
)

// FieldError is one bad field of an input.
type FieldError struct {
	// Field is the path to the field as the caller wrote it: "name",
	// "delay.value", "events[3].time".
	Field string `json:"field" doc:"Path to the field as it was sent." example:"delay.value"`
	// Message is a sentence for people.
	Message string `json:"message" doc:"What would be right." example:"Give a whole number from 1 to 9,999."`
	// Line is the line of a file that holds the field, from 1; 0 if the input is no
	// file. Field is "" if the whole line is bad.
	Line int `json:"-"`
}

// Path names the field for people: "line 7, role" in a file, otherwise Field.
func (f FieldError) Path() string {
	switch {
	case f.Line == 0:
		return f.Field
	case f.Field == "":
		return "line " + strconv.Itoa(f.Line)
	default:
		return "line " + strconv.Itoa(f.Line) + ", " + f.Field
	}
}

// Warning is about input that is allowed but perhaps not intended.
type Warning struct {
	// Field is the path to the field, as in FieldError; "" for the whole input.
	Field   string `json:"field,omitempty" doc:"Path to the field that it is about."`
	Message string `json:"message" doc:"What may be a mistake."`
}

// Error is the only error type that reaches people: a code, a message that is
// safe to show and, for bad input, the fields. Cause is for the log alone.
type Error struct {
	Code    Code
	Message string
	Fields  []FieldError
	Cause   error
}

// Error implements error. It does not contain the cause.
func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return e.Message
	}
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Path() + ": " + f.Message
	}
	return strings.Join(parts, " ")
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// NewError returns an Error with a code and a message that is safe to show.
func NewError(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Invalid returns the error for one bad field.
func Invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Message: "The input is not valid.", Fields: []FieldError{{Field: field, Message: message}}}
}

// CodeOf returns the code of the first Error in err's chain, CodeInternal for
// any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// Problems collects the bad fields of one input, so that one error names all of
// them. The zero value is ready for use.
type Problems struct{ fields []FieldError }

// Add records a bad field.
func (p *Problems) Add(field, message string) {
	p.fields = append(p.fields, FieldError{Field: field, Message: message})
}

// Merge records the fields of err, an *Error, under a prefix such as "delay.". An
// *Error without fields is recorded by its message. Any other error is recorded
// without its text, which is not for people. A nil err is ignored.
func (p *Problems) Merge(prefix string, err error) {
	if err == nil {
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		p.Add(strings.TrimSuffix(prefix, "."), "This is not valid.")
		return
	}
	if len(e.Fields) == 0 {
		p.Add(strings.TrimSuffix(prefix, "."), e.Message)
		return
	}
	for _, f := range e.Fields {
		f.Field = prefix + f.Field
		p.fields = append(p.fields, f)
	}
}

// Err returns nil if nothing was recorded, else an Error with CodeInvalid.
func (p *Problems) Err() error {
	if len(p.fields) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Message: "The input is not valid.", Fields: p.fields}
}
