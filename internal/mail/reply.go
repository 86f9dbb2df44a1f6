package mail

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"rekey/internal/engine"
)

const (
	// maxReply is the longest reply that is read, in octets. RFC 5321 §4.5.3.1.5
	// has 512 for a line; servers with much to say exist.
	maxReply = 256 << 10
	// keptReply is how much of a reply is kept in memory.
	keptReply = 8 << 10
	// maxStoredReply is how much of a reply may be stored, in characters (I5).
	maxStoredReply = 200
)

// errProtocol is returned if the server sends no SMTP reply.
var errProtocol = errors.New("mail: the server does not speak SMTP")

// reply is an SMTP reply (RFC 5321 §4.2).
type reply struct {
	code int
	text string // lines joined by "\n", without their codes
	// broken: the connection broke in the middle of a reply of several lines.
	// All lines have the same code, so the first one has said it.
	broken bool
}

func (r reply) positive() bool  { return r.code/100 == 2 }
func (r reply) transient() bool { return r.code/100 == 4 }
func (r reply) permanent() bool { return r.code/100 == 5 }

// closing is the code of a server that is about to close the connection.
const closing = 421

// readReply reads one reply. It returns an error only if it cannot read one whole
// line, or if that is no reply.
func readReply(r *bufio.Reader) (reply, error) {
	var result reply
	var text strings.Builder
	total := 0
	for lines := 0; ; lines++ {
		code, last, n, err := readReplyLine(r, &text, maxReply-total)
		total += n
		switch {
		case err != nil && (lines == 0 || errors.Is(err, errProtocol)):
			return reply{}, err
		case err != nil:
			result.text, result.broken = text.String(), true
			return result, nil //nolint:nilerr // the first line has said it; broken says the rest
		case lines > 0 && code != result.code:
			return reply{}, errProtocol
		}
		result.code = code
		if last {
			result.text = text.String()
			return result, nil
		}
	}
}

// readReplyLine reads "250-text" or "250 text", of any length up to room, and
// keeps the beginning of the text.
func readReplyLine(r *bufio.Reader, text *strings.Builder, room int) (code int, last bool, n int, err error) {
	line, err := r.ReadSlice('\n')
	n = len(line)
	long := errors.Is(err, bufio.ErrBufferFull)
	if err != nil && !long {
		return 0, false, n, err
	}
	if len(line) < 4 || !isDigit(line[0]) || !isDigit(line[1]) || !isDigit(line[2]) {
		return 0, false, n, errProtocol
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	switch line[3] {
	case ' ', '\r', '\n':
		last = true
	case '-':
	default:
		return 0, false, n, errProtocol
	}
	if code < 200 || code > 599 {
		return 0, false, n, errProtocol
	}
	if text.Len() > 0 {
		text.WriteByte('\n')
	}
	appendKept(text, line[4:])
	for long {
		if n > room {
			return 0, false, n, io.ErrShortBuffer
		}
		line, err = r.ReadSlice('\n')
		n += len(line)
		long = errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !long {
			return 0, false, n, err
		}
		appendKept(text, line)
	}
	if n > room {
		return 0, false, n, io.ErrShortBuffer
	}
	return code, last, n, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func appendKept(text *strings.Builder, line []byte) {
	if room := keptReply - text.Len(); room > 0 {
		text.WriteString(strings.TrimRight(string(line[:min(room, len(line))]), "\r\n"))
	}
}

// stored returns the reply in the form that may be stored: one printable line, without
// the secret (see withoutLeak), and cut.
func (r reply) stored(secret string) engine.Reply {
	return engine.Reply{Code: r.code, Text: clip(printable(withoutLeak(r.text, secret)))}
}

// clip returns at most maxStoredReply characters of a text.
func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxStoredReply {
			return s[:i]
		}
	}
	return s
}
