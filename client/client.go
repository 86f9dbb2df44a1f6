package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Defaults of a Client.
const (
	// DefaultTimeout is the time for one attempt, from connecting to the last
	// byte of the answer.
	DefaultTimeout = 30 * time.Second
	// DefaultAttempts is the most attempts for a call that may be repeated.
	DefaultAttempts = 4

	maxAnswer = 64 << 20 // bytes
	firstWait = 200 * time.Millisecond
	longWait  = 10 * time.Second
)

// Client calls the REST API of one server. It is safe for concurrent use.
type Client struct {
	base      string
	http      *http.Client
	authorize func(*http.Request)
	agent     string
	attempts  int
	wait      func(ctx context.Context, d time.Duration) error
}

// Option sets up a Client.
type Option func(*Client)

// WithToken calls with a bearer token.
func WithToken(token string) Option {
	return func(c *Client) {
		c.authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
}

// WithPassword calls with the email address and the password of an API or
// Hybrid user (Basic authentication).
func WithPassword(address, password string) Option {
	return func(c *Client) {
		c.authorize = func(r *http.Request) { r.SetBasicAuth(address, password) }
	}
}

// WithHTTPClient calls through h, for a proxy or certificates of one's own. The
// default has a timeout of DefaultTimeout and follows no redirects.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithUserAgent names the program that calls.
func WithUserAgent(agent string) Option { return func(c *Client) { c.agent = agent } }

// WithAttempts sets the most attempts for a call that may be repeated, at least 1.
// The default is DefaultAttempts.
func WithAttempts(n int) Option { return func(c *Client) { c.attempts = max(n, 1) } }

// New returns a client for the server at baseURL, such as
// "https://rekey.example.org", with or without the /api/v1 at its end.
func New(baseURL string, options ...Option) *Client {
	base := strings.TrimRight(strings.TrimSpace(baseURL), "/")
	base = strings.TrimSuffix(base, Prefix)
	c := &Client{
		base:      base,
		http:      &http.Client{Timeout: DefaultTimeout, CheckRedirect: stayHere, Transport: transport()},
		authorize: func(*http.Request) {},
		agent:     "rekey-client",
		attempts:  DefaultAttempts,
		wait:      sleep,
	}
	for _, option := range options {
		option(c)
	}
	return c
}

// Prefix is the path of the API on the server.
const Prefix = "/api/v1"

// stayHere follows no redirect: another server must not get the credentials.
func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func transport() http.RoundTripper {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
	}
}

// call is one request to the API.
type call struct {
	method  string
	path    string // below Prefix
	query   url.Values
	body    any
	file    []byte // the body as it is, in place of body
	kind    string // content type of the body; application/json if it is ""
	version int64  // for If-Match; 0 means none
	safe    bool   // may be repeated
}

// do sends a call and decodes the answer into out, unless that is nil.
func (c *Client) do(ctx context.Context, k call, out any) error {
	body := k.file
	if k.body != nil {
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
	}
	attempts := 1
	if k.safe || k.method == http.MethodGet {
		attempts = c.attempts
	}
	for attempt := 1; ; attempt++ {
		after, err := c.once(ctx, k, body, out)
		if err == nil || attempt >= attempts || !mayHelp(err) || ctx.Err() != nil {
			return err
		}
		if waitErr := c.wait(ctx, pause(attempt, after)); waitErr != nil {
			return err
		}
	}
}

// once makes one attempt. after is the time that the server asks to wait.
func (c *Client) once(ctx context.Context, k call, body []byte, out any) (after time.Duration, err error) {
	address := c.base + Prefix + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, k.method, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("the address of the server is not valid: %w", err)
	}
	r.Header.Set("Accept", "application/json, application/problem+json")
	r.Header.Set("User-Agent", c.agent)
	if body != nil {
		r.Header.Set("Content-Type", contentType(k.kind))
	}
	if k.version != 0 {
		r.Header.Set("If-Match", ETag(k.version))
	}
	c.authorize(r)
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, &Unreachable{Server: c.base, Cause: err}
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return 0, &Unreachable{Server: c.base, Cause: err}
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return time.Duration(seconds) * time.Second, problemOf(answer, text)
	}
	if out == nil || len(text) == 0 {
		return 0, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return 0, fmt.Errorf("read the answer of %s %s: %w", k.method, k.path, err)
	}
	return 0, nil
}

// ETag is the ETag of a version, as If-Match takes it (RFC 9110 §8.8.3).
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

func contentType(kind string) string {
	if kind == "" {
		return "application/json"
	}
	return kind
}

// mayHelp reports whether another attempt may succeed.
func mayHelp(err error) bool {
	var p *Problem
	if !errors.As(err, &p) {
		var u *Unreachable
		return errors.As(err, &u)
	}
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// pause returns the wait after an attempt: what the server asked for, or else a
// random time that grows with each attempt, so that not all callers come back at
// once.
func pause(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, longWait)
	}
	longest := min(firstWait<<(attempt-1), longWait)
	return longest/2 + rand.N(longest/2) //nolint:gosec // it spreads callers and keeps no secret
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
