package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// entry is where a log-in leads.
type entry string

const (
	asOwner  entry = "into the console"
	toChange entry = "to the choice of a password"
	refused  entry = "nowhere"
)

// errNoAnswer is returned when nobody knows what became of a request.
var errNoAnswer = errors.New("no answer")

// answerWithin is how long an answer is waited for.
const answerWithin = 10 * time.Second

// visitor is a browser in front of one node.
type visitor struct {
	base string
	from string // address
	http *http.Client
}

func (s *storm) visitor(base string) *visitor {
	jar, _ := cookiejar.New(nil)                                                                                  // never fails without options
	return &visitor{base: base, from: fmt.Sprintf("10.%d.%d.%d", rand.IntN(256), rand.IntN(256), rand.IntN(256)), //nolint:gosec // nothing secret
		http: &http.Client{Jar: jar, Transport: s.transport, Timeout: answerWithin,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// post fills in a form, and returns where that led.
func (v *visitor) post(ctx context.Context, path string, form url.Values) (status int, location string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", v.base)
	r.Header.Set("X-Forwarded-For", v.from)
	a, err := v.http.Do(r)
	if err != nil {
		return 0, "", errNoAnswer
	}
	defer func() { _ = a.Body.Close() }()
	if _, err := io.Copy(io.Discard, a.Body); err != nil {
		return 0, "", errNoAnswer
	}
	location, _, _ = strings.Cut(a.Header.Get("Location"), "?")
	return a.StatusCode, location, nil
}

// logIn fills in the log-in page.
func (v *visitor) logIn(ctx context.Context, address, password string) (entry, error) {
	status, location, err := v.post(ctx, "/login", url.Values{"address": {address}, "password": {password}})
	switch {
	case err != nil:
		return "", err
	case status == http.StatusSeeOther && location == "/change-password":
		return toChange, nil
	case status == http.StatusSeeOther && location == "/":
		return asOwner, nil
	case status == http.StatusUnauthorized:
		return refused, nil
	default:
		return "", errNoAnswer
	}
}

// choose fills in the page where one chooses one's own password. It reports
// whether that was done; an error means that nobody knows.
func (v *visitor) choose(ctx context.Context, current, chosen string) (bool, error) {
	status, location, err := v.post(ctx, "/change-password", url.Values{
		"current_password": {current}, "new_password": {chosen}, "repeated_password": {chosen}})
	switch {
	case err != nil:
		return false, err
	case status == http.StatusSeeOther && location == "/":
		return true, nil
	case status == http.StatusSeeOther, status >= 400 && status < 500:
		return false, nil
	default:
		return false, errNoAnswer
	}
}
