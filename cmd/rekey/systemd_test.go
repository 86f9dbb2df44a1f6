package main

import (
	"net"
	"path/filepath"
	"testing"
)

func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	env{getenv: func(string) string { return socket }}.notify(t.Context(), "READY=1")
	env{getenv: func(string) string { return "" }}.notify(t.Context(), "nobody asked")
	text := make([]byte, 100)
	n, err := listener.Read(text)
	if err != nil || string(text[:n]) != "READY=1" {
		t.Errorf("%q, %v", text[:n], err)
	}
}
