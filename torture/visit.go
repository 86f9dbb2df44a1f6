package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"rekey/internal/visitor"
)

// entry is where a log-in leads.
type entry string

const (
	asOwner  entry = "into the console"
	toChange entry = "to the choice of a password"
	refused  entry = "nowhere"
)

// errNoAnswer is returned when the outcome of a request is unknown.
var errNoAnswer = errors.New("no answer")

// answerWithin is how long an answer is waited for.
const answerWithin = 10 * time.Second

// visitor is somebody with a network address of their own.
func (s *storm) visitor(base string) *visitor.Visitor {
	v := visitor.New(base, fmt.Sprintf("10.%d.%d.%d", rand.IntN(256), rand.IntN(256), rand.IntN(256))) //nolint:gosec // nothing secret
	v.HTTP.Transport, v.HTTP.Timeout = s.transport, answerWithin
	return v
}

// logIn has somebody fill in the log-in page.
func (s *storm) logIn(base, address, password string) (entry, error) {
	return entryOf(s.visitor(base).LogIn(s.ctx, address, password))
}

// entryOf says where a log-in has led.
func entryOf(p visitor.Page, err error) (entry, error) {
	switch {
	case err != nil:
		return "", errNoAnswer
	case p.Leads("/change-password"):
		return toChange, nil
	case p.Leads("/"):
		return asOwner, nil
	case p.Status == http.StatusUnauthorized:
		return refused, nil
	default:
		return "", errNoAnswer
	}
}

// chose reports whether a person could choose a password; an error means that it is
// unknown.
func chose(p visitor.Page, err error) (bool, error) {
	switch {
	case err != nil:
		return false, errNoAnswer
	case p.Leads("/"):
		return true, nil
	case p.Status == http.StatusSeeOther, p.Status >= 400 && p.Status < 500:
		return false, nil
	default:
		return false, errNoAnswer
	}
}
