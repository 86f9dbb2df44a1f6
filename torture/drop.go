package main

import (
	"errors"
	"net"
)

// errDropped is returned by a connection that was dropped.
var errDropped = errors.New("dropped")

// dropping is a connection that is dropped after a number of bytes, read or
// written. It is used by one goroutine.
type dropping struct {
	net.Conn
	// reads and writes are how many bytes are still read and written; a
	// negative number means any.
	reads, writes int
	// reset drops it as a machine that has lost it does, not with good manners.
	reset bool
}

// Read implements io.Reader.
func (d *dropping) Read(p []byte) (int, error) {
	if d.reads < 0 {
		return d.Conn.Read(p)
	}
	if d.reads == 0 {
		d.drop()
		return 0, errDropped
	}
	n, err := d.Conn.Read(p[:min(len(p), d.reads)])
	d.reads -= n
	return n, err
}

// Write implements io.Writer.
func (d *dropping) Write(p []byte) (int, error) {
	if d.writes < 0 {
		return d.Conn.Write(p)
	}
	n, err := d.Conn.Write(p[:min(len(p), d.writes)])
	d.writes -= n
	if err == nil && d.writes == 0 {
		d.drop()
		if n < len(p) {
			err = errDropped
		}
	}
	return n, err
}

func (d *dropping) drop() {
	if tcp, ok := d.Conn.(*net.TCPConn); ok && d.reset {
		_ = tcp.SetLinger(0)
	}
	_ = d.Close()
}
