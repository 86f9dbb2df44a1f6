package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"rekey"
)

// Problem is an error of the API (RFC 9457).
type Problem struct { //nolint:errname // it is what RFC 9457 calls it
	Type     string             `json:"type" format:"uri-reference" doc:"Where the kind of problem is described." example:"/api/docs/problems#invalid"`
	Title    string             `json:"title" doc:"The kind of problem in words."`
	Status   int                `json:"status" doc:"The HTTP status." example:"422"`
	Detail   string             `json:"detail" doc:"What was wrong with this request."`
	Instance string             `json:"instance,omitempty" doc:"The id of the request, as it is in the server's log."`
	Code     string             `json:"code" doc:"The kind of problem in one word." example:"invalid"`
	Errors   []rekey.FieldError `json:"errors,omitempty" doc:"The fields that were wrong."`
}

// Error implements error in one line: "delay.value: Whole number from 1 to
// 9,999.", or the detail where no field was wrong.
func (p *Problem) Error() string {
	if len(p.Errors) == 0 {
		if p.Detail == "" {
			return p.Title
		}
		return p.Detail
	}
	parts := make([]string, len(p.Errors))
	for i, f := range p.Errors {
		parts[i] = f.Field + ": " + f.Message
	}
	return strings.Join(parts, " ")
}

// problemOf reads a problem from an answer. It makes one if the answer holds none,
// for example because a proxy sent it.
func problemOf(answer *http.Response, text []byte) error {
	p := &Problem{}
	kind := answer.Header.Get("Content-Type")
	if !strings.HasPrefix(kind, "application/problem+json") || json.Unmarshal(text, p) != nil {
		p = &Problem{Title: http.StatusText(answer.StatusCode),
			Detail: fmt.Sprintf("%s answered %s, but not in the form of Rekey's API.", answer.Request.URL.Host, answer.Status)}
	}
	p.Status = answer.StatusCode
	return p
}

// Unreachable says that the server did not answer.
type Unreachable struct { //nolint:errname // client.Unreachable reads better than client.UnreachableError
	Server string
	Cause  error
}

// Error implements error.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("%s cannot be reached: %v", u.Server, u.Cause)
}

// Unwrap gives errors.Is and errors.As the cause.
func (u *Unreachable) Unwrap() error { return u.Cause }
