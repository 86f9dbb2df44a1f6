// Package visitor opens the pages of a server as a person's browser does: it
// keeps cookies and sends forms, but runs no scripts. It follows no redirects.
package visitor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// Visitor is a browser in front of one server.
type Visitor struct {
	HTTP *http.Client

	base string
	from string
}

// New returns a visitor without cookies who waits 30 s for each answer. base is the
// URL of the server. from is the client's address in X-Forwarded-For; "" sends none.
func New(base, from string) *Visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Visitor{base: base, from: from, HTTP: &http.Client{
		Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Page is the answer to a request.
type Page struct {
	// Path is the path of the page, or of the target of a redirect.
	Path   string
	Status int
	Body   string
}

// Leads reports whether the answer is a redirect to a path.
func (p Page) Leads(path string) bool { return p.Status == http.StatusSeeOther && p.Path == path }

// Expect returns an error unless the answer redirects to a path.
func (p Page) Expect(path string) error {
	if p.Leads(path) {
		return nil
	}
	return fmt.Errorf("led to %s with %d, not to %s", p.Path, p.Status, path)
}

// Get opens a page.
func (v *Visitor) Get(ctx context.Context, path string) (Page, error) {
	return v.send(ctx, http.MethodGet, path, nil)
}

// Post sends a form.
func (v *Visitor) Post(ctx context.Context, path string, form url.Values) (Page, error) {
	return v.send(ctx, http.MethodPost, path, form)
}

func (v *Visitor) send(ctx context.Context, method, path string, form url.Values) (Page, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return Page{}, err
	}
	r.Header.Set("Origin", v.base)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.from != "" {
		r.Header.Set("X-Forwarded-For", v.from)
	}
	answer, err := v.HTTP.Do(r)
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	p := Page{Path: r.URL.Path, Status: answer.StatusCode, Body: string(body)}
	if to := answer.Header.Get("Location"); to != "" {
		p.Path, _, _ = strings.Cut(to, "?")
	}
	return p, err
}

// LogIn fills in the log-in page. A chosen password leads to /, a mailed one to
// /change-password; a refusal is a page with status 401.
func (v *Visitor) LogIn(ctx context.Context, address, password string) (Page, error) {
	return v.Post(ctx, "/login", url.Values{"address": {address}, "password": {password}})
}

// Choose fills in the page where people choose their own password. It leads to /.
func (v *Visitor) Choose(ctx context.Context, current, chosen string) (Page, error) {
	return v.Post(ctx, "/change-password", url.Values{
		"current_password": {current}, "new_password": {chosen}, "repeated_password": {chosen},
	})
}
