package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestOnlyTheServersOwnNamesAreAnswered(t *testing.T) {
	t.Parallel()
	public, err := url.Parse("https://rekey.example.org")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), Logger: slog.New(slog.DiscardHandler),
		NewID: func() string { return "request-1" }, PublicURL: public, Hosts: []string{"rekey.internal", "bücher.example.org", "2001:db8::1"},
	})
	const here, elsewhere = "127.0.0.1:50000", "192.0.2.1:50000"
	for _, c := range []struct {
		host, path, peer string
		status           int
	}{
		{"rekey.example.org", "/", elsewhere, 200},
		{"Rekey.Example.ORG.:8443", "/api/v1/users", elsewhere, 200},
		{"rekey.internal:8440", "/", elsewhere, 200},
		{"xn--bcher-kva.example.org", "/", elsewhere, 200}, // as browsers send it
		{"[2001:DB8:0::1]:443", "/", elsewhere, 200},
		{"[2001:db8::2]", "/", elsewhere, 421},
		{"evil.example", "/", elsewhere, 421},
		{"evil.example", "/", here, 421},
		{"rekey.example.org.evil.example", "/", elsewhere, 421},
		{"localhost:8440", "/", here, 200},
		{"127.0.0.1:8440", "/", here, 200},
		{"[::1]:8440", "/", "[::1]:50000", 200},
		{"127.0.0.1:8440", "/", elsewhere, 421},
		{"localhost", "/", elsewhere, 421},
		{"192.0.2.7:8440", "/", elsewhere, 421},
		{"192.0.2.7:8440", "/healthz", elsewhere, 200},
		{"192.0.2.7:8440", "/readyz", elsewhere, 200},
		{"192.0.2.7:8440", "/metrics", elsewhere, 200},
		{"", "/", elsewhere, 421},
		{"rekey.example.org", "/api/v1/users/%00", elsewhere, 400},
		{"rekey.example.org", "/runs/%ff", elsewhere, 400},
		{"rekey.example.org", "/api/v1/users?search=%00", elsewhere, 400},
		{"rekey.example.org", "/users?search=%ff", elsewhere, 400},
		{"rekey.example.org", "/users?search=%00&role=%zz", elsewhere, 400},
		{"rekey.example.org", "/users?search=%C3%A9+%F0%9F%94%91", elsewhere, 200},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Host, r.RemoteAddr = c.host, c.peer
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s%s from %s: %d, want %d", c.host, c.path, c.peer, w.Code, c.status)
		}
		if w.Code == 421 {
			if p := problemIn(t, w); p.Code != "misdirected" || !strings.Contains(p.Detail, "https://rekey.example.org") || strings.Contains(p.Detail, "evil") {
				t.Errorf("%+v", p)
			}
		}
		// No proxy has said that this came over TLS; public_url does.
		if w.Header().Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: no Strict-Transport-Security", c.host)
		}
	}
}
