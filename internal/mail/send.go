package mail

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"

	"rekey/internal/engine"
)

// buffers hold messages while they are sent. They are cleared after use, since
// they hold secrets.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Send implements engine.Mailer.
//
// If form and letter cannot become a message, the verdict is Refused with code 0. If
// ctx ends before the final dot, it is NotTried. If ctx ends after the dot, Send waits
// at most AnswerGrace for the reply; without one the verdict is Doubtful.
func (m *Mailer) Send(ctx context.Context, msg engine.Message) engine.Outcome {
	buffer, ok := buffers.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
	}
	defer func() {
		clear((*buffer)[:cap(*buffer)])
		buffers.Put(buffer)
	}()
	to, err := m.write(buffer, msg)
	if err != nil {
		return engine.Outcome{Verdict: engine.Refused, Reply: engine.Reply{Text: clip(printable(err.Error()))}}
	}
	secret := msg.Letter.Password.Reveal()
	if until := m.transport.down(m.transport.now()); !until.IsZero() {
		return m.untried()
	}
	if err := m.pool.enter(ctx); err != nil {
		return notTried(err)
	}
	defer m.pool.leave()
	done, ok := m.transport.enter(ctx)
	if !ok {
		return m.untried()
	}
	defer done()
	if m.limit != nil {
		if err := m.limit.Wait(ctx); err != nil {
			return notTried(err)
		}
	}
	mailed := func() {
		m.transport.greeted()
		if !m.transport.isPaused() {
			done() // other messages need not wait for the reply to this one
		}
	}
	res := m.try(ctx, msg, to, *buffer, false, mailed)
	if res.again {
		res = m.try(ctx, msg, to, *buffer, true, mailed)
	}
	if last := (reply{code: msg.Last.Code, text: msg.Last.Text}); res.pause && blames(last) && m.transport.acceptedSince(msg.LastAt) {
		// The server has accepted other messages since the last refusal, so the fault
		// is this recipient's.
		res.verdict, res.server, res.pause = engine.Deferred, false, false
	}
	return m.outcome(res, secret)
}

// write fills in the message, signed and ready for DATA, with the final dot.
func (m *Mailer) write(buffer *[]byte, msg engine.Message) (to string, err error) {
	f, err := m.form(msg.Form)
	if err != nil {
		return "", err
	}
	v, err := f.values(msg.Letter)
	if err != nil {
		return "", err
	}
	if need := f.size + 2048; cap(*buffer) < need {
		*buffer = make([]byte, 0, need)
	}
	message := f.append((*buffer)[:0], &v)
	if m.signer != nil {
		field, err := m.settings.sign(m.signer, message, v.date)
		if err != nil {
			return "", err
		}
		unsigned := message
		message = append(field, unsigned...)
		clear(unsigned)
	}
	*buffer = append(stuff(message), finalDot...)
	return v.to, nil
}

// try gets a connection and sends the message over it.
func (m *Mailer) try(ctx context.Context, msg engine.Message, to string, body []byte, second bool, mailed func()) result {
	c, err := m.pool.get(ctx, second)
	if err != nil {
		if ctx.Err() != nil {
			return result{verdict: engine.NotTried, cause: ctx.Err()}
		}
		return result{verdict: engine.NotTried, cause: err, server: true}
	}
	if msg.Ready != nil {
		if err := msg.Ready(); err != nil {
			m.pool.put(c)
			return result{verdict: engine.NotTried, cause: errNotReady}
		}
	}
	res := c.deliver(ctx, to, body, c.pipelining && !second, mailed)
	if res.keep && ctx.Err() == nil {
		m.pool.put(c)
	} else {
		m.pool.discard(c)
	}
	return res
}

// errNotReady replaces the error of Ready, which is the engine's.
var errNotReady = errors.New("not to be sent any more")

// outcome updates the transport and returns the result in the form to store.
func (m *Mailer) outcome(res result, secret string) engine.Outcome {
	o := engine.Outcome{Verdict: res.verdict, Reply: res.reply.stored(secret), Blamed: res.pause}
	if res.cause != nil {
		o.Reply = reason(res.cause)
	}
	switch {
	case res.verdict == engine.Accepted:
		m.transport.took(res.reply)
	case res.pause:
		m.transport.pause(m.transport.now(), o.Reply)
	case res.server:
		m.transport.failed(o.Reply)
	}
	return o
}

// untried returns the outcome while the transport is down, with the reason.
func (m *Mailer) untried() engine.Outcome {
	m.transport.mu.Lock()
	defer m.transport.mu.Unlock()
	return engine.Outcome{Verdict: engine.NotTried, Reply: m.transport.last}
}

func notTried(err error) engine.Outcome {
	return engine.Outcome{Verdict: engine.NotTried, Reply: reason(err)}
}

// reason returns an error in the form to store in place of a reply.
func reason(err error) engine.Reply {
	if step, ok := errors.AsType[*stepError](err); ok {
		return step.stored()
	}
	return engine.Reply{Text: clip(printable(explain(err)))}
}

// explain describes an error of the network in words for people.
func explain(err error) string {
	var timeout interface{ Timeout() bool }
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "stopped before it was sent"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errBroke),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &op):
		return op.Err.Error()
	default:
		return strings.TrimPrefix(err.Error(), "mail: ")
	}
}
