package main

import (
	"context"
	"net"
)

// notify tells systemd a state such as READY=1, if it has asked for that; see
// sd_notify(3).
func (e env) notify(ctx context.Context, state string) {
	socket := e.getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unixgram", socket)
	if err != nil {
		return // systemd says itself that it has heard nothing
	}
	_, _ = conn.Write([]byte(state))
	_ = conn.Close()
}
