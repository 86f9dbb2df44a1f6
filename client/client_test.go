package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// setup returns a client of a server that answers by a script, one entry a
// request, and the waits between its attempts.
func setup(t *testing.T, options []Option, script ...http.HandlerFunc) (c *Client, asked *atomic.Int32, waits *[]time.Duration) {
	t.Helper()
	asked, waits = &atomic.Int32{}, &[]time.Duration{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(asked.Add(1)) - 1
		script[min(n, len(script)-1)](w, r)
	}))
	t.Cleanup(server.Close)
	c = New(server.URL, options...)
	c.wait = func(_ context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return nil
	}
	return c, asked, waits
}

func fails(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"title":"t","detail":"d","code":"c","errors":[{"field":"name","message":"Too long."}]}`)
	}
}

func works(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"id":"1","version":3}`)
}

func breaks(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestReadsAndEventsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*Client) error{
		"read":  func(c *Client) error { _, err := c.User(t.Context(), "1"); return err },
		"event": func(c *Client) error { _, err := c.PostEvents(t.Context(), CloudEvent{ID: "1"}); return err },
	} {
		c, asked, waits := setup(t, nil, breaks, fails(503, "Retry-After", "2"), fails(429), works)
		if err := call(c); err != nil || asked.Load() != 4 {
			t.Errorf("%s: %v after %d attempts", name, err, asked.Load())
		}
		if len(*waits) != 3 || (*waits)[1] != 2*time.Second || (*waits)[0] > 200*time.Millisecond {
			t.Errorf("%s: waited %v", name, *waits)
		}
		c, asked, _ = setup(t, nil, fails(503))
		var p *Problem
		if err := call(c); !errors.As(err, &p) || asked.Load() != DefaultAttempts {
			t.Errorf("%s: %v after %d attempts", name, err, asked.Load())
		}
		c, asked, _ = setup(t, nil, fails(422))
		if err := call(c); err == nil || asked.Load() != 1 {
			t.Errorf("%s: what is wrong was tried %d times", name, asked.Load())
		}
	}
}

func TestOtherWritesAreSentOnce(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*Client) error{
		"create":   func(c *Client) error { _, err := c.CreateUser(t.Context(), User{}); return err },
		"update":   func(c *Client) error { _, err := c.UpdateUser(t.Context(), User{ID: "1"}); return err },
		"password": func(c *Client) error { _, err := c.SendPassword(t.Context(), "1"); return err },
		"retry":    func(c *Client) error { _, err := c.RetryDelivery(t.Context(), "1"); return err },
	} {
		for _, failure := range []http.HandlerFunc{breaks, fails(503)} {
			c, asked, _ := setup(t, nil, failure, works)
			if err := call(c); err == nil || asked.Load() != 1 {
				t.Errorf("%s: %v after %d attempts", name, err, asked.Load())
			}
		}
	}
}

func TestCancelledCallIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, asked, _ := setup(t, nil, func(w http.ResponseWriter, r *http.Request) { cancel(); fails(503)(w, r) })
	if _, err := c.User(ctx, "1"); err == nil || asked.Load() != 1 {
		t.Errorf("%v after %d attempts", err, asked.Load())
	}
}

func TestProblemNamesTheFields(t *testing.T) {
	t.Parallel()
	c, _, _ := setup(t, nil, fails(422))
	_, err := c.CreateUser(t.Context(), User{})
	var p *Problem
	if !errors.As(err, &p) || p.Status != 422 || p.Code != "c" || p.Errors[0].Field != "name" || err.Error() != "name: Too long." {
		t.Errorf("%#v", err)
	}
	c, _, _ = setup(t, nil, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) })
	if _, err := c.CreateUser(t.Context(), User{}); !errors.As(err, &p) || p.Status != 502 {
		t.Errorf("%#v", err)
	}
}

func TestCredentialsDoNotFollowARedirect(t *testing.T) {
	t.Parallel()
	c, asked, _ := setup(t, []Option{WithToken("rk_x")}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	if _, err := c.Account(t.Context()); err == nil || asked.Load() != 1 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	notes := func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		works(w, r)
	}
	c, _, _ := setup(t, []Option{WithPassword("ada@example.org", "secret"), WithUserAgent("tests")}, notes)
	if _, err := c.UpdateUser(t.Context(), User{ID: "a/b", Address: "ada@example.org", Type: "ui", Role: "member", Version: 7}); err != nil {
		t.Fatal(err)
	}
	address, secret, _ := got.BasicAuth()
	if got.URL.EscapedPath() != "/api/v1/users/a%2Fb" || got.Header.Get("If-Match") != `"7"` || address != "ada@example.org" ||
		secret != "secret" || got.UserAgent() != "tests" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", got.URL, got.Header)
	}
	if _, err := c.PostEvents(t.Context(), CloudEvent{ID: "1", Source: "/s", Type: "t", Data: EventData("n", "a@b.org")}); err != nil {
		t.Fatal(err)
	}
	want := `{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","data":{"name":"n","system_users":["a@b.org"]}}`
	if string(body) != want || got.Header.Get("Content-Type") != "application/cloudevents+json" {
		t.Errorf("%s as %s", body, got.Header.Get("Content-Type"))
	}
	if _, err := c.PostEvents(t.Context(), CloudEvent{ID: "1"}, CloudEvent{ID: "2"}); err != nil || body[0] != '[' {
		t.Errorf("%v: %s", err, body)
	}
}

func TestAddressOfTheServerMayHaveThePrefix(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://h", "http://h/", "http://h/api/v1", " http://h/api/v1/ "} {
		if c := New(base); c.base != "http://h" {
			t.Errorf("%q becomes %q", base, c.base)
		}
	}
}

func TestAllWalksThroughThePages(t *testing.T) {
	t.Parallel()
	pages := map[string]Page[int]{"": {[]int{1, 2}, "b"}, "b": {[]int{3}, "c"}, "c": {nil, ""}}
	var got []int
	for n, err := range All(t.Context(), func(_ context.Context, p Paging) (Page[int], error) { return pages[p.Cursor], nil }) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("got %v", got)
	}
	broken := errors.New("broken")
	for _, err := range All(t.Context(), func(context.Context, Paging) (Page[int], error) { return Page[int]{}, broken }) {
		if !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	}
}

func TestAbsentMomentsAreLeftOut(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(User{Address: "a@b.org", Type: "ui", Role: "member"})
	if err != nil || string(text) != `{"address":"a@b.org","type":"ui","role":"member","uses_api":false}` {
		t.Errorf("%s %v", text, err)
	}
}
