package server

import (
	"log/slog"
	"net"
	"net/http"
	"testing"
)

// If the start fails after Listen, connected clients would otherwise wait as long as
// the process lives.
func TestReleasedAddressLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	s := New(Config{Address: "127.0.0.1:0", Handler: http.NotFoundHandler(), Metrics: NewMetrics(), Logger: slog.New(slog.DiscardHandler)})
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for range 2 { // Run and Close may both release it
		if err := s.Release(); err != nil {
			t.Errorf("release: %v", err)
		}
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil || n != 0 {
		t.Errorf("read %d bytes: %v, want an end", n, err)
	}
}
