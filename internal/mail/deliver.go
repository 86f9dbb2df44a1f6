package mail

import (
	"bytes"
	"context"
	"errors"
	"time"

	"rekey/internal/engine"
)

// result is the result of one message on one connection.
type result struct {
	verdict engine.Verdict
	reply   reply
	cause   error // why there is no reply
	keep    bool  // the connection can be used again
	server  bool  // it is the transport's fault
	pause   bool  // and only an accepted message shows that the fault is over
	again   bool  // only the connection failed, and another one may work
}

// The steps of the envelope.
const (
	stepMail = iota
	stepRcpt
	stepData
	steps
)

// deliver sends one message (RFC 5321 §3.3). The lines of body are stuffed, and
// it ends with the final dot. mailed is called when MAIL FROM was answered 2xx.
//
// With pipelining, the replies come in order, so it is known which command was
// refused. If the connection breaks before the first reply, it is not: the second
// attempt does without pipelining.
func (c *conn) deliver(ctx context.Context, to string, body []byte, pipelining bool, mailed func()) result {
	c.dotLeft.Store(false)
	stop := c.watch(ctx)
	defer stop()
	if r, ok := c.envelope(ctx, to, pipelining, mailed); !ok {
		return r
	}
	return c.data(ctx, body)
}

// watch ends pending reads and writes when ctx ends. After the final dot, it allows
// AnswerGrace for the reply: without it a copy would be sent.
func (c *conn) watch(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() {
		if c.dotLeft.Load() {
			_ = c.net.SetDeadline(time.Now().Add(c.settings.AnswerGrace))
			return
		}
		_ = c.net.SetDeadline(past)
	})
}

// envelope sends MAIL, RCPT and DATA. It returns true if the body may follow.
func (c *conn) envelope(ctx context.Context, to string, pipelining bool, mailed func()) (result, bool) {
	var ends [steps]int
	out := append(append(c.out[:0], "MAIL FROM:<"...), c.settings.envelope...)
	out = append(out, '>')
	if c.dsn {
		out = append(out, " RET=HDRS"...) // a bounce must not quote the password (RFC 3461 §4.3)
	}
	out = append(out, "\r\n"...)
	ends[stepMail] = len(out)
	out = append(append(append(out, "RCPT TO:<"...), to...), ">\r\n"...)
	ends[stepRcpt] = len(out)
	out = append(out, "DATA\r\n"...)
	ends[stepData] = len(out)
	c.out = out

	written := 0
	for step := range steps {
		end := ends[step]
		if pipelining {
			end = len(out)
		}
		limit := c.settings.CommandTimeout
		if step == stepData {
			limit = c.settings.DataTimeout
		}
		err := c.allow(ctx, limit)
		if err == nil && written < end {
			_, err = c.net.Write(out[written:end])
			written = end
		}
		var r reply
		if err == nil {
			r, err = readReply(c.in)
		}
		if err != nil {
			return c.broke(ctx, step, pipelining, err), false
		}
		if step == stepMail && r.positive() {
			mailed()
		}
		wanted := r.positive()
		if step == stepData {
			wanted = r.code == 354
		}
		if !wanted {
			return c.refused(ctx, step, r, pipelining), false
		}
		if r.broken {
			return c.broke(ctx, step, pipelining, errBroke), false
		}
	}
	return result{}, true
}

// finalDot ends a message.
const finalDot = ".\r\n"

var errBroke = errors.New("mail: the connection broke")

// broke returns the result of a connection that broke in the envelope.
func (c *conn) broke(ctx context.Context, step int, pipelining bool, err error) result {
	switch {
	case ctx.Err() != nil:
		return result{verdict: engine.NotTried, cause: ctx.Err()}
	case step == stepMail:
		return result{verdict: engine.NotTried, cause: err, server: true, again: c.reused || pipelining}
	default:
		return result{verdict: engine.Deferred, cause: err}
	}
}

// refused returns the result of a reply to the envelope that refuses the message.
func (c *conn) refused(ctx context.Context, step int, r reply, pipelining bool) result {
	res := result{verdict: engine.Deferred, reply: r}
	switch {
	case r.code == closing && step == stepMail:
		return result{verdict: engine.NotTried, reply: r, server: true, again: c.reused}
	case r.code == closing:
		// The server closes the connection. A second connection shows whether it
		// does so because of this recipient.
		return blamed(result{verdict: engine.Deferred, reply: r, again: true})
	case step == stepMail:
		return result{verdict: engine.NotTried, reply: r, server: true}
	case (r.permanent() || r.transient()) && blames(r):
		return blamed(res)
	case r.permanent():
		res.verdict = engine.Refused
	case !r.transient():
		return res // a meaningless reply: the connection is out of step
	}
	res.keep = !r.broken && c.reset(ctx, step, pipelining)
	return res
}

// blamed marks a refusal as the transport's fault, if blames says so. The connection
// is not kept: a correction at the server may only hold for a new one.
func blamed(res result) result {
	if blames(res.reply) {
		res.verdict, res.server, res.pause, res.keep = engine.NotTried, true, true, false
	}
	return res
}

// reset ends a refused transaction, so that the connection can be used again. It
// reads the replies to the pipelined commands after the refused one. If DATA is
// answered with 354 although no recipient is left, it sends the dot (RFC 2920 §3.1).
func (c *conn) reset(ctx context.Context, step int, pipelining bool) bool {
	for step++; pipelining && step < steps; step++ {
		r, err := readReply(c.in)
		if err != nil || r.broken || r.code == closing {
			return false
		}
		if step == stepData && r.code == 354 {
			if _, err := c.command(ctx, "."); err != nil {
				return false
			}
		}
	}
	r, err := c.command(ctx, "RSET")
	return err == nil && r.positive() && !r.broken
}

// data sends the body with the final dot and reads the reply. The message counts as
// not accepted only after a reply that says so, or if the dot was certainly not
// sent.
func (c *conn) data(ctx context.Context, body []byte) result {
	for sent := 0; sent < len(body); {
		block := body[sent:min(sent+blockSize, len(body))]
		if err := c.allow(ctx, c.settings.BlockTimeout); err != nil {
			return c.unsent(ctx, err)
		}
		if sent+len(block) > len(body)-len(finalDot) {
			c.dotLeft.Store(true)
		}
		n, err := c.net.Write(block)
		if sent += n; err == nil {
			continue
		}
		if sent <= len(body)-len(finalDot) {
			return c.unsent(ctx, err)
		}
		break // only the reply decides
	}
	c.await(ctx)
	r, err := readReply(c.in)
	if err != nil {
		return result{verdict: engine.Doubtful, cause: &stepError{step: "message sent", cause: err}}
	}
	return answered(r)
}

// blockSize is how much of a message is written under one time limit.
const blockSize = 32 << 10

// await sets the time limit of the reply to the final dot. If ctx has ended, that is
// AnswerGrace.
func (c *conn) await(ctx context.Context) {
	_ = c.net.SetDeadline(time.Now().Add(c.settings.AnswerTimeout))
	if ctx.Err() != nil { // the line above has replaced the deadline of watch
		_ = c.net.SetDeadline(time.Now().Add(c.settings.AnswerGrace))
	}
}

// answered returns the result of the reply to the final dot.
func answered(r reply) result {
	res := result{reply: r, keep: !r.broken && r.code != closing}
	switch {
	case r.positive():
		res.verdict = engine.Accepted
	case r.permanent():
		res.verdict = engine.Refused
		return blamed(res)
	case r.transient():
		res.verdict = engine.Deferred
		return blamed(res)
	default:
		res.verdict, res.keep = engine.Doubtful, false
	}
	return res
}

// unsent returns the result if not the whole body was sent. A server that refuses in
// the middle of the body may have sent a reply.
func (c *conn) unsent(ctx context.Context, err error) result {
	if ctx.Err() != nil {
		return result{verdict: engine.NotTried, cause: ctx.Err()}
	}
	_ = c.net.SetReadDeadline(time.Now().Add(time.Second))
	if r, errReply := readReply(c.in); errReply == nil && (r.permanent() || r.transient()) {
		res := answered(r)
		res.keep = false
		return res
	}
	return result{verdict: engine.Deferred, cause: err}
}

// stuff makes a message fit for DATA: all lines end with CRLF and none begins with a
// single dot (RFC 5321 §4.5.2). It replaces bare CR and LF, because servers disagree
// whether they end a line.
func stuff(message []byte) []byte {
	if fit(message) {
		return message // as forms give it
	}
	out := make([]byte, 0, len(message)+64)
	start := true
	for i := range message {
		switch b := message[i]; {
		case b == '\r' && i+1 < len(message) && message[i+1] == '\n':
			continue
		case b == '\r' || b == '\n':
			out, start = append(out, '\r', '\n'), true
			continue
		case start && b == '.':
			out = append(out, '.')
			fallthrough
		default:
			out, start = append(out, b), false
		}
	}
	if !start {
		out = append(out, '\r', '\n')
	}
	return out
}

// fit reports whether stuff has nothing to change.
func fit(message []byte) bool {
	if len(message) == 0 || message[0] == '.' || message[len(message)-1] != '\n' || bytes.Count(message, []byte{'\r'}) != bytes.Count(message, []byte{'\n'}) {
		return false
	}
	for at := 0; at < len(message); {
		end := at + bytes.IndexByte(message[at:], '\n')
		if end == 0 || message[end-1] != '\r' {
			return false
		}
		if at = end + 1; at < len(message) && message[at] == '.' {
			return false
		}
	}
	return true
}
