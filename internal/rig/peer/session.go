package peer

import (
	"bufio"
	"bytes"
	"net"
	"strings"
)

// Session is one connection. Its fields are for the functions Reply and Said.
type Session struct {
	Conn net.Conn
	// From is the sender of the message that is under way, and To are its
	// recipients, as far as they were accepted.
	From string
	To   []string
	// Message is the message at the step DOT, without stuffed dots. The next message
	// overwrites it.
	Message []byte

	// Reply returns the reply at a step. The step is the verb of a command in upper
	// case, or CONNECT, BODY before a message arrives, or DOT after it. The line is the
	// whole command, or the step; usual is the reply of a server that accepts
	// everything. The reply has no line end after its last line; "" sends nothing. If
	// more is false, the connection ends after the reply.
	//
	// A step has succeeded if its reply begins with 2 or 3. A reply that begins
	// with 421 ends the connection.
	Reply func(step, line, usual string) (reply string, more bool)
	// Said is called after all replies so far were written. It may be nil.
	Said func()

	in      *bufio.Reader
	out     []byte
	mailing bool
}

const (
	bufferSize = 64 << 10 // for a message with the envelope of the next
	maxMessage = 16 << 20 // a longer message ends the connection
)

// New returns a session that accepts everything.
func New(conn net.Conn) *Session {
	s := &Session{Reply: func(_, _, usual string) (string, bool) { return usual, true }}
	s.Switch(conn)
	return s
}

// Switch goes on over another connection, as after STARTTLS.
func (s *Session) Switch(conn net.Conn) {
	s.Conn = conn
	s.in = bufio.NewReaderSize(flushing{s}, bufferSize)
}

// flushing writes the replies before it waits for the client, so that a client
// that sends ahead gets them together.
type flushing struct{ *Session }

// Read implements io.Reader.
func (f flushing) Read(p []byte) (int, error) {
	if err := f.Flush(); err != nil {
		return 0, err
	}
	return f.Conn.Read(p)
}

// Flush writes the replies so far.
func (s *Session) Flush() error {
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.Conn.Write(s.out)
	s.out = s.out[:0]
	if err == nil && s.Said != nil {
		s.Said()
	}
	return err
}

// Run speaks with the client until one of them ends the connection.
func (s *Session) Run() {
	_, more := s.answer("CONNECT", "CONNECT", "220 peer.test ESMTP")
	for more {
		line, err := s.ReadLine()
		if err != nil {
			return
		}
		more = s.command(line)
	}
	_ = s.Flush() // the client may have gone
}

// ReadLine reads a line of the client and returns it without its end.
func (s *Session) ReadLine() (string, error) {
	line, err := s.in.ReadSlice('\n')
	return string(bytes.TrimRight(line, "\r\n")), err
}

// Discard reads n bytes of the client.
func (s *Session) Discard(n int) error {
	_, err := s.in.Discard(n)
	return err
}

// Write sends a text and a line end.
func (s *Session) Write(text string) { s.out = append(append(s.out, text...), "\r\n"...) }

// answer sends the reply. It reports whether the step has succeeded, and whether the
// connection goes on.
func (s *Session) answer(step, line, usual string) (done, more bool) {
	reply, more := s.Reply(step, line, usual)
	if reply != "" {
		s.Write(reply)
	}
	return strings.HasPrefix(reply, "2") || strings.HasPrefix(reply, "3"), more && !strings.HasPrefix(reply, "421")
}

// usual are the replies of a server that accepts everything, by verb.
var usual = map[string]string{
	"EHLO": "250-peer.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES", "HELO": "250 2.0.0 ok",
	"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on",
	"NOOP": "250 2.0.0 ok", "RSET": "250 2.0.0 ok", "QUIT": "221 2.0.0 bye",
}

// command answers a command and reports whether the connection goes on.
func (s *Session) command(line string) bool {
	verb, _, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	reply, known := usual[verb]
	switch {
	case !known:
		reply = "500 5.5.2 what?"
	case verb == "MAIL" && s.mailing: // RFC 5321 §4.1.4
		reply = "503 5.5.1 nested MAIL"
	case verb == "RCPT" && !s.mailing:
		reply = "503 5.5.1 MAIL first"
	case verb == "DATA":
		reply = s.ifAnybody(reply)
	case verb == "RSET":
		s.forget()
	}
	done, more := s.answer(verb, line, reply)
	switch {
	case !done:
	case verb == "MAIL":
		s.From, s.mailing = Address(line), true
	case verb == "RCPT":
		s.To = append(s.To, Address(line))
	case verb == "DATA":
		return more && s.message()
	}
	return more && verb != "QUIT"
}

// ifAnybody returns reply, or an error reply if the message has no recipient.
func (s *Session) ifAnybody(reply string) string {
	if len(s.To) == 0 {
		return "554 5.5.1 no valid recipients"
	}
	return reply
}

func (s *Session) forget() { s.From, s.To, s.mailing = "", s.To[:0], false }

// message reads a message up to its final dot, and answers the dot.
func (s *Session) message() bool {
	if _, more := s.answer("BODY", "BODY", ""); !more {
		return false
	}
	s.Message = s.Message[:0]
	for {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		if s.Message = append(s.Message, bytes.TrimPrefix(line, []byte("."))...); len(s.Message) > maxMessage {
			return false
		}
	}
	_, more := s.answer("DOT", "DOT", s.ifAnybody("250 2.0.0 taken"))
	s.forget()
	return more
}

// Address is the text between the angle brackets of MAIL or RCPT.
func Address(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
