package server

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"rekey"
)

var errFraming = rekey.NewError(rekey.CodeMalformed,
	"The length of this request is unclear: send either Content-Length or Transfer-Encoding, once and well-formed, with HTTP/1.1.")

// watchedListener returns watched connections.
type watchedListener struct{ *net.TCPListener }

// Accept implements net.Listener.
func (l watchedListener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return &watchedConn{TCPConn: c}, nil
}

// watchedConn follows where the requests on a connection begin and end.
type watchedConn struct {
	*net.TCPConn

	framing framing
}

// Read implements net.Conn.
func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	c.framing.follow(b[:n])
	return n, err
}

type framingKey struct{}

// withFraming is the ConnContext of the server.
func withFraming(ctx context.Context, c net.Conn) context.Context {
	if watched, ok := c.(*watchedConn); ok {
		return context.WithValue(ctx, framingKey{}, &watched.framing)
	}
	return ctx
}

// doubtful reports whether the connection of r has carried a request whose end is
// not certain.
func doubtful(r *http.Request) bool {
	f, ok := r.Context().Value(framingKey{}).(*framing)
	return ok && f.doubtful.Load()
}

// framing follows the bytes of a connection, to find a request with both
// Content-Length and Transfer-Encoding, with one of them twice, with
// Transfer-Encoding in HTTP/1.0, or with a folded header line (RFC 9112 §5.2).
// A proxy may see another end of such a request, so that its rest could become a
// part of another user's request. The connection must not be used any longer (RFC
// 9112 §6.1). net/http accepts such requests. Bytes that cannot be followed are
// doubtful, too.
type framing struct {
	doubtful atomic.Bool

	part                   framePart
	left                   uint64 // bytes still to come of a body or chunk
	line                   []byte // the beginning of a line
	begun                  bool   // the first line of a request has been read
	http10, encoded, sized bool   // from the header
	size                   uint64 // Content-Length
}

// framePart is a part of a request.
type framePart int

const (
	inHeader framePart = iota
	inBody
	inChunkSize
	inChunk
	inTrailer
)

// follow follows the bytes that were read.
func (f *framing) follow(read []byte) {
	for len(read) > 0 && !f.doubtful.Load() {
		if f.part == inBody || f.part == inChunk {
			n := min(f.left, uint64(len(read)))
			read, f.left = read[n:], f.left-n
			f.next()
			continue
		}
		end := bytes.IndexByte(read, '\n')
		if end < 0 {
			f.line = append(f.line, read...)
			if len(f.line) > 2*maxHeaderBytes { // net/http has refused it
				f.doubtful.Store(true)
			}
			return
		}
		f.line = append(f.line, read[:end]...)
		read = read[end+1:]
		f.take(strings.TrimSuffix(string(f.line), "\r"))
		f.line = f.line[:0]
	}
}

// next begins the next part if a body or a chunk has ended.
func (f *framing) next() {
	switch {
	case f.left > 0:
	case f.part == inChunk:
		f.part = inChunkSize
	default:
		f.part = inHeader
	}
}

// take follows a line, without its line end.
func (f *framing) take(line string) {
	switch f.part {
	case inHeader:
		f.header(line)
	case inChunkSize:
		digits, _, _ := strings.Cut(line, ";") // chunk extensions are ignored
		size, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 63)
		switch {
		case err != nil:
			f.doubtful.Store(true)
		case size == 0:
			f.part = inTrailer
		default:
			f.part, f.left = inChunk, size+2 // its line end
		}
	case inTrailer:
		if line == "" {
			f.part = inHeader
		}
	case inBody, inChunk: // have no lines
	}
}

// header follows a line of a header, or the empty line after it.
func (f *framing) header(line string) {
	switch {
	case !f.begun && line == "": // may come before a request (RFC 9112 §2.2)
	case !f.begun:
		f.begun, f.http10 = true, strings.HasSuffix(line, " HTTP/1.0")
	case line == "":
		f.headerEnds()
	case line[0] == ' ' || line[0] == '\t': // belongs to the line before it, as net/http reads it
		f.doubtful.Store(true)
	default:
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "transfer-encoding":
			f.encoded = true
		case "content-length":
			var err error
			if f.size, err = strconv.ParseUint(strings.TrimSpace(value), 10, 63); err != nil || f.sized {
				f.doubtful.Store(true)
			}
			f.sized = true
		}
	}
}

func (f *framing) headerEnds() {
	switch {
	case f.encoded && (f.sized || f.http10):
		f.doubtful.Store(true)
	case f.encoded:
		f.part = inChunkSize
	case f.size > 0:
		f.part, f.left = inBody, f.size
	}
	f.begun, f.http10, f.encoded, f.sized, f.size = false, false, false, false, 0
}
