package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
)

// provider is a token endpoint that answers as the test says and notes the
// requests.
type provider struct {
	*httptest.Server

	mu       sync.Mutex
	requests []url.Values
	answer   func(n int, form url.Values) (status int, body any)
}

func provide(t *testing.T, answer func(n int, form url.Values) (int, any)) *provider {
	t.Helper()
	p := &provider{answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if id, secret, ok := r.BasicAuth(); ok {
			r.PostForm.Set("basic", id+":"+secret)
		}
		p.requests = append(p.requests, r.PostForm)
		status, body := p.answer(len(p.requests), r.PostForm)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// granted is an answer with a token, and maybe a refresh token.
func granted(access, refresh string) any {
	body := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600}
	if refresh != "" {
		body["refresh_token"] = refresh
	}
	return body
}

// memory is a store that may fail.
type memory struct {
	mu     sync.Mutex
	record []byte
	fails  int // how many writes, from the next on
}

func (m *memory) UpdateToken(_ context.Context, fn func([]byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, err := fn(m.record)
	if err != nil || next == nil {
		return err
	}
	if m.fails > 0 {
		if m.fails--; !strings.Contains(string(next), "renewing") { // what was asked for already
			return errors.New("the database is away")
		}
	}
	m.record = next
	return nil
}

func config(p *provider) Config {
	return Config{TokenURL: p.URL, ClientID: "rekey", ClientSecret: rekey.NewSecret("s3cret-of-rekey"), Scopes: []string{"https://mail.example.org/.default"}}
}

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// clock is one that the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func token(t *testing.T, s *Source) string {
	t.Helper()
	got, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got.Reveal()
}

func TestClientCredentialsAreAskedOncePerToken(t *testing.T) {
	t.Parallel()
	p := provide(t, func(n int, _ url.Values) (int, any) { return 200, granted(fmt.Sprint("token", n), "") })
	c := &clock{now: noon}
	s := New(config(p), nil, "node", c.read)
	for range 3 {
		if got := token(t, s); got != "token1" {
			t.Errorf("got %s", got)
		}
	}
	c.pass(59*time.Minute + time.Second) // within the last minute
	if got := token(t, s); got != "token2" {
		t.Errorf("after its time: %s", got)
	}
	s.Refused(rekey.NewSecret("token2"))
	if got := token(t, s); got != "token3" {
		t.Errorf("after the mail server has refused it: %s", got)
	}
	asked := p.asked()
	if f := asked[0]; len(asked) != 3 || f.Get("grant_type") != "client_credentials" || f.Get("scope") != "https://mail.example.org/.default" || f.Get("basic") != "rekey:s3cret-of-rekey" {
		t.Errorf("asked %d times: %v", len(asked), asked[0])
	}
}

func TestRefusalOfTheProviderIsToldWithoutSecrets(t *testing.T) {
	t.Parallel()
	for want, body := range map[string]any{
		"the token service refuses: invalid_client: AADSTS7000222: The secret [redacted] has expired.": map[string]string{
			"error": "invalid_client", "error_description": "AADSTS7000222: The secret s3cret-of-rekey has expired."},
		"the token service answers 401 Unauthorized": "s3cret-of-rekey",
	} {
		p := provide(t, func(int, url.Values) (int, any) { return 401, body })
		_, err := New(config(p), nil, "node", time.Now).Token(t.Context())
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	gone := provide(t, nil)
	gone.Close()
	if _, err := New(config(gone), nil, "node", time.Now).Token(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "the token service cannot be reached: ") {
		t.Errorf("got %v", err)
	}
}

func TestSecretIsNotSentToWhereTheProviderPoints(t *testing.T) {
	t.Parallel()
	other := provide(t, func(int, url.Values) (int, any) { return 200, granted("stolen", "") })
	p := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(p.Close)
	c := config(other)
	c.TokenURL = p.URL
	if _, err := New(c, nil, "node", time.Now).Token(t.Context()); err == nil || len(other.asked()) != 0 {
		t.Errorf("followed: %v", err)
	}
}

func TestRotatedRefreshTokenIsStoredAndUsedNext(t *testing.T) {
	t.Parallel()
	p := provide(t, func(n int, f url.Values) (int, any) {
		if f.Get("refresh_token") != fmt.Sprint("refresh", n-1) {
			return 400, map[string]string{"error": "invalid_grant"}
		}
		return 200, granted(fmt.Sprint("token", n), fmt.Sprint("refresh", n))
	})
	c := &clock{now: noon}
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("refresh0")
	store := &memory{}
	if got := token(t, New(conf, store, "a", c.read)); got != "token1" {
		t.Errorf("got %s", got)
	}
	again := New(conf, store, "a", c.read) // a restart, or another node
	if got := token(t, again); got != "token1" || len(p.asked()) != 1 {
		t.Errorf("got %s, asked %d times", got, len(p.asked()))
	}
	c.pass(time.Hour)
	if got := token(t, again); got != "token2" {
		t.Errorf("with the refresh token that replaced the first: %s", got)
	}
	if f := p.asked()[0]; f.Get("grant_type") != "refresh_token" || f.Get("scope") == "" {
		t.Errorf("asked %v", f)
	}
	conf.RefreshToken = rekey.NewSecret("refresh2") // the operator has consented anew
	c.pass(time.Hour)
	if got := token(t, New(conf, store, "a", c.read)); got != "token3" {
		t.Errorf("with a new one in the settings: %s", got)
	}
}

func TestProviderThatKeepsTheRefreshTokenIsAskedWithItAgain(t *testing.T) {
	t.Parallel()
	p := provide(t, func(n int, f url.Values) (int, any) {
		if f.Get("refresh_token") != "forever" {
			return 400, map[string]string{"error": "invalid_grant"}
		}
		return 200, granted(fmt.Sprint("token", n), "")
	})
	c := &clock{now: noon}
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("forever")
	s := New(conf, &memory{}, "a", c.read)
	token(t, s)
	c.pass(time.Hour)
	if got := token(t, s); got != "token2" {
		t.Errorf("got %s", got)
	}
}

func TestRefreshTokenThatCouldNotBeStoredIsStoredLater(t *testing.T) {
	t.Parallel()
	p := provide(t, func(n int, f url.Values) (int, any) {
		if f.Get("refresh_token") != fmt.Sprint("refresh", n-1) {
			return 400, map[string]string{"error": "invalid_grant"}
		}
		return 200, granted(fmt.Sprint("token", n), fmt.Sprint("refresh", n))
	})
	c := &clock{now: noon}
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("refresh0")
	store := &memory{fails: 2}
	s := New(conf, store, "a", c.read)
	if _, err := s.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "could not be stored yet") {
		t.Errorf("got %v", err)
	}
	if got := token(t, s); got != "token1" || len(p.asked()) != 1 {
		t.Errorf("once the database is back: %s, asked %d times", got, len(p.asked()))
	}
	c.pass(time.Hour)
	if got := token(t, New(conf, store, "b", c.read)); got != "token2" {
		t.Errorf("another node: %s", got)
	}
}

func TestOneNodeAtATimeRenews(t *testing.T) {
	t.Parallel()
	p := provide(t, func(n int, f url.Values) (int, any) {
		if f.Get("refresh_token") != fmt.Sprint("refresh", n-1) {
			return 400, map[string]string{"error": "invalid_grant"}
		}
		return 200, granted(fmt.Sprint("token", n), fmt.Sprint("refresh", n))
	})
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("refresh0")
	c, store := &clock{now: noon}, &memory{}
	var all sync.WaitGroup
	for node := range 8 {
		all.Go(func() {
			s := New(conf, store, fmt.Sprint("node", node), c.read)
			if got := token(t, s); got != "token1" {
				t.Errorf("node %d got %s", node, got)
			}
		})
	}
	all.Wait()
	if n := len(p.asked()); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
}

func TestNodeThatEndedWhileItRenewedKeepsNobodyWaitingForLong(t *testing.T) {
	t.Parallel()
	p := provide(t, func(int, url.Values) (int, any) { return 200, granted("token", "") })
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("refresh")
	c, store := &clock{now: noon}, &memory{}
	if mine, _, err := New(conf, store, "gone", c.read).claim(t.Context()); !mine || err != nil {
		t.Fatal(mine, err)
	}
	s := New(conf, store, "here", c.read)
	if mine, _, err := s.claim(t.Context()); mine || err != nil {
		t.Errorf("while it may be at work: %v, %v", mine, err)
	}
	c.pass(renewFor)
	token(t, s)
}

func TestNodeWithAWrongClockKeepsNobodyWaitingForLong(t *testing.T) {
	t.Parallel()
	p := provide(t, func(int, url.Values) (int, any) { return 200, granted("token", "") })
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("refresh")
	store := &memory{}
	ahead := &clock{now: noon.Add(time.Hour)}
	if mine, _, err := New(conf, store, "ahead", ahead.read).claim(t.Context()); !mine || err != nil {
		t.Fatal(mine, err)
	}
	here := &clock{now: noon}
	if mine, _, err := New(conf, store, "here", here.read).claim(t.Context()); !mine || err != nil {
		t.Errorf("the turn of a node that ended an hour from now: %v, %v", mine, err)
	}
}

func TestWhatIsNoTokenIsToldWithoutItsText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       string
	}{
		"a page":           {200, "text/html", "<html>Welcome to the secret portal</html>", "the token service gives no token: "},
		"a page as a form": {200, "text/plain", "<html>%zz secret</html>", "the token service gives no token: "},
		"nothing":          {200, "application/json", "{}", "the token service gives no token: "},
		"a gateway":        {502, "text/html", "<html>secret upstream</html>", "the token service answers 502 Bad Gateway"},
		"an unlikely kind": {200, "application/json", `{"access_token":"x","token_type":"mac"}`, "the token service gives a token of type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			t.Cleanup(server.Close)
			s := New(Config{TokenURL: server.URL, ClientID: "rekey", ClientSecret: rekey.NewSecret("hunter2")}, nil, "a", time.Now)
			_, err := s.Token(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRefusedRefreshTokenLeavesTheTurnToOthers(t *testing.T) {
	t.Parallel()
	p := provide(t, func(int, url.Values) (int, any) {
		return 400, map[string]string{"error": "invalid_grant", "error_description": "Token refresh-secret has been expired or revoked."}
	})
	conf := config(p)
	conf.RefreshToken = rekey.NewSecret("refresh-secret")
	store := &memory{}
	s := New(conf, store, "a", time.Now)
	if _, err := s.Token(t.Context()); err == nil || err.Error() != "the token service refuses: invalid_grant: Token [redacted] has been expired or revoked." {
		t.Errorf("got %v", err)
	}
	if mine, _, err := New(conf, store, "b", time.Now).claim(t.Context()); !mine || err != nil {
		t.Errorf("another node: %v, %v", mine, err)
	}
}
