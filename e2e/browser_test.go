package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"rekey/internal/suite"
)

// browser opens pages with cookies, as a person's browser does.
type browser struct {
	t    testing.TB
	base string
	from string // network address; "" is the loopback's
	http *http.Client
}

// page is the page that a request has led to, after redirects.
type page struct {
	path   string
	status int
	body   string
}

func newBrowser(t testing.TB, base, from string, transport http.RoundTripper) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, base, from, &http.Client{Jar: jar, Transport: transport, Timeout: suite.Limit}}
}

// at is the same browser on another node.
func (b *browser) at(w *world) *browser {
	other := *b
	other.base = w.app.URL()
	return &other
}

func (b *browser) get(path string) page {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values) page {
	b.t.Helper()
	p, err := b.try(method, path, form)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return p
}

// try is do for a server that may be down.
func (b *browser) try(method, path string, form url.Values) (page, error) {
	r, err := http.NewRequest(method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	r.Header.Set("Origin", b.base)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.from != "" {
		r.Header.Set("X-Forwarded-For", b.from)
	}
	answer, err := b.http.Do(r)
	if err != nil {
		return page{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return page{answer.Request.URL.Path, answer.StatusCode, string(body)}, err
}

// logIn fills in the log-in page.
func (b *browser) logIn(address, password string) page {
	b.t.Helper()
	return b.post("/login", url.Values{"address": {address}, "password": {password}})
}

// choose fills in the change-password page.
func (b *browser) choose(current, chosen string) page {
	b.t.Helper()
	return b.post("/change-password", url.Values{
		"current_password": {current}, "new_password": {chosen}, "repeated_password": {chosen},
	})
}

// entry is where a password leads.
type entry string

// The entries.
const (
	asOwner  entry = "everything" // the chosen password
	toChange entry = "the change" // a mailed one
	refused  entry = "refused"
)

// entryOf reads from a page where a log-in has led.
func entryOf(t testing.TB, p page) entry {
	t.Helper()
	switch {
	case p.status == http.StatusOK && p.path == "/":
		return asOwner
	case p.status == http.StatusOK && p.path == "/change-password":
		return toChange
	case p.status == http.StatusUnauthorized && p.path == "/login":
		return refused
	}
	t.Fatalf("log-in led to %s with %d", p.path, p.status)
	return ""
}
