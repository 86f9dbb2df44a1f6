package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// sink takes every message and keeps nothing but who it was for, and one in
// sampleEvery. It is the least that a mail server with PIPELINING can be
// (RFC 5321, RFC 2920): what it takes from clients that do nothing but send is
// the ceiling of everything that is measured here.
type sink struct {
	mu      sync.Mutex
	count   int64
	bytes   int64
	people  []string
	samples []string
	target  int64         // of wait
	reached chan struct{} // closed at the target
	at      time.Time     // when the last was taken
	pace    atomic.Int64  // nanoseconds that each message takes
}

// sampleEvery is one in how many messages is kept.
const sampleEvery = 997

// taken is what the sink has taken since it was last emptied.
type taken struct {
	Count    int64    `json:"count"`
	Distinct int      `json:"distinct"` // recipients
	Bytes    int64    `json:"bytes"`
	Last     int64    `json:"last"`    // when the last was taken, in nanoseconds since 1970
	Samples  []string `json:"samples"` // whole messages
}

// runSink is the sink's process.
func runSink(ctx context.Context, in io.Reader, out io.Writer) error {
	debug.SetGCPercent(400)
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	s := &sink{}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return obey(in, out, ready{SMTP: listener.Addr().String()}, s.do)
}

func (s *sink) do(o order) (answer, error) {
	switch o.Do {
	case "empty":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count, s.bytes, s.people, s.samples = 0, 0, s.people[:0], nil
		return answer{}, nil
	case "count":
		s.mu.Lock()
		defer s.mu.Unlock()
		return answer{Count: s.count}, nil
	case "pace":
		s.pace.Store(o.N)
		return answer{}, nil
	case "wait":
		return answer{At: s.wait(o.N).UnixNano()}, nil
	case "report":
		return answer{Taken: s.report()}, nil
	case "usage":
		u, err := ownUsage()
		return answer{Usage: &u}, err
	default:
		return answer{}, fmt.Errorf("no such order: %s", o.Do)
	}
}

// wait returns when the n-th message was taken.
func (s *sink) wait(n int64) time.Time {
	s.mu.Lock()
	if s.count >= n {
		defer s.mu.Unlock()
		return time.Now()
	}
	s.target, s.reached = n, make(chan struct{})
	reached := s.reached
	s.mu.Unlock()
	<-reached
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *sink) report() *taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	distinct := make(map[string]bool, len(s.people))
	for _, p := range s.people {
		distinct[p] = true
	}
	return &taken{Count: s.count, Distinct: len(distinct), Bytes: s.bytes, Last: s.at.UnixNano(), Samples: s.samples}
}

// accepted notes messages whose replies are out.
func (s *sink) accepted(people []string, bytes int64, sample string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count += int64(len(people))
	s.bytes += bytes
	s.people = append(s.people, people...)
	if sample != "" && (len(s.samples) == 0 || s.count/sampleEvery > int64(len(s.samples))) {
		s.samples = append(s.samples, sample)
	}
	s.at = now
	if s.reached != nil && s.count >= s.target {
		close(s.reached)
		s.reached = nil
	}
}

// wants reports whether the next message is to be kept.
func (s *sink) wants() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.samples) == 0 || (s.count+1)/sampleEvery > int64(len(s.samples))
}

// serve speaks SMTP. Replies are written when nothing is left to be read, so
// that a client that sends ahead gets them together.
func (s *sink) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	p := &peer{sink: s, in: make([]byte, 0, 256<<10), out: append(make([]byte, 0, 4<<10), "220 sink.test ESMTP\r\n"...)}
	for {
		if _, err := c.Write(p.out); err != nil {
			return
		}
		p.flushed()
		if p.quit {
			return
		}
		n, err := c.Read(p.in[len(p.in):cap(p.in)])
		if err != nil {
			return
		}
		p.in = p.in[:len(p.in)+n]
		for p.step() {
		}
		if p.in = p.in[:copy(p.in, p.in[p.used:])]; len(p.in) == cap(p.in) {
			return // a message beyond what anybody sends here
		}
		p.used, p.looked = 0, max(0, p.looked-p.used)
	}
}

// peer is one connection.
type peer struct {
	sink   *sink
	in     []byte
	used   int // bytes of in that are done with
	looked int // bytes of in without the end of the message
	out    []byte
	data   bool
	quit   bool

	to     string
	people []string // whose messages are answered in out
	bytes  int64
	sample string
}

var (
	lineEnd  = []byte("\r\n")
	endOfAll = []byte("\r\n.\r\n")
)

// step takes one line or message, and reports whether there was a whole one.
func (p *peer) step() bool {
	if p.data {
		return p.message()
	}
	rest := p.in[p.used:]
	end := bytes.Index(rest, lineEnd)
	if end < 0 {
		return false
	}
	p.used += end + len(lineEnd)
	p.line(rest[:end])
	p.looked = p.used
	return !p.quit
}

func (p *peer) message() bool {
	from := max(p.used, p.looked-len(endOfAll))
	end := bytes.Index(p.in[from:], endOfAll)
	if end < 0 {
		p.looked = len(p.in)
		return false
	}
	end += from
	p.people, p.bytes = append(p.people, p.to), p.bytes+int64(end+len(lineEnd)-p.used)
	if p.sample == "" && p.sink.wants() {
		p.sample = string(p.in[p.used : end+len(lineEnd)])
	}
	p.used, p.data = end+len(endOfAll), false
	p.looked = p.used
	if pace := p.sink.pace.Load(); pace > 0 {
		<-time.After(time.Duration(pace)) // of this connection; others go on
	}
	p.out = append(p.out, "250 2.0.0 taken\r\n"...)
	return true
}

func (p *peer) line(line []byte) {
	verb := bytes.ToUpper(line[:min(4, len(line))])
	switch string(verb) {
	case "EHLO":
		p.out = append(p.out, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"...)
	case "RCPT":
		if from, to := bytes.IndexByte(line, '<'), bytes.IndexByte(line, '>'); from >= 0 && to > from {
			p.to = string(line[from+1 : to])
		}
		p.out = append(p.out, "250 2.1.5 ok\r\n"...)
	case "DATA":
		p.data = true
		p.out = append(p.out, "354 go\r\n"...)
	case "MAIL", "RSET", "NOOP":
		p.out = append(p.out, "250 2.1.0 ok\r\n"...)
	case "QUIT":
		p.quit = true
		p.out = append(p.out, "221 2.0.0 bye\r\n"...)
	default:
		p.out = append(p.out, "500 5.5.1 what?\r\n"...)
	}
}

// flushed tells of the messages whose replies have just been written.
func (p *peer) flushed() {
	if len(p.people) > 0 {
		p.sink.accepted(p.people, p.bytes, p.sample)
	}
	p.out, p.people, p.bytes, p.sample = p.out[:0], p.people[:0], 0, ""
}

// errLost is returned when fewer messages came than were to.
var errLost = errors.New("messages were lost")
