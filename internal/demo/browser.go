package demo

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

// browser opens the real pages, with cookies, as a person's would.
type browser struct {
	base string
	http *http.Client
}

// page is where a request has ended, after redirects.
type page struct {
	path   string
	status int
	body   string
}

func newBrowser(base string) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make a cookie jar: %w", err)
	}
	return &browser{base, &http.Client{Jar: jar, Timeout: 30 * time.Second}}, nil
}

func (b *browser) get(ctx context.Context, path string) (page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		return page{}, err
	}
	return b.do(r)
}

func (b *browser) post(ctx context.Context, path string, form url.Values) (page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.base)
	return b.do(r)
}

func (b *browser) do(r *http.Request) (page, error) {
	answer, err := b.http.Do(r)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return page{answer.Request.URL.Path, answer.StatusCode, string(body)}, err
}

// logIn fills in the log-in page.
func (b *browser) logIn(ctx context.Context, address, password string) (page, error) {
	return b.post(ctx, "/login", url.Values{"address": {address}, "password": {password}})
}

// close gives the connections back.
func (b *browser) close() { b.http.CloseIdleConnections() }
