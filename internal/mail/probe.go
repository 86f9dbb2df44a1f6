package mail

import (
	"context"
	"strings"

	"rekey"
)

func (m *Mailer) probe(ctx context.Context, to string) error {
	if address, err := sendableAddress(to); err == nil {
		to = address
	} else {
		to = m.settings.envelope // a wrong address is a fault of its delivery
	}
	if err := m.pool.enter(ctx); err != nil {
		return m.unusable(err)
	}
	defer m.pool.leave()
	c, err := m.pool.get(ctx, true)
	if err != nil {
		if ctx.Err() == nil { // otherwise it is not the server's fault
			m.transport.failed(reason(err))
		}
		return m.unusable(err)
	}
	failed := c.rehearse(ctx, to)
	if failed == nil {
		m.pool.put(c)
		return nil
	}
	m.pool.discard(c)
	switch {
	case ctx.Err() != nil:
	case failed.step == "RCPT" && m.transport.refusesOnly(to):
		return nil
	case failed.step == "RCPT":
		m.transport.pause(m.transport.now(), failed.stored())
	default:
		m.transport.failed(failed.stored())
	}
	return m.unusable(failed)
}

func (m *Mailer) unusable(err error) error {
	return &rekey.Error{Code: rekey.CodeUnavailable, Message: "The mail server " + m.settings.addr + " cannot be used: " +
		strings.TrimPrefix(err.Error(), "mail: "), Cause: err}
}

// rehearse sends an envelope without a message. A refusal of only the recipient does
// not count as a failure.
func (c *conn) rehearse(ctx context.Context, to string) *stepError {
	c.dotLeft.Store(false)
	stop := c.watch(ctx)
	defer stop()
	for _, step := range []struct{ name, line string }{
		{"MAIL", "MAIL FROM:<" + c.settings.envelope + ">"}, {"RCPT", "RCPT TO:<" + to + ">"}, {"RSET", "RSET"},
	} {
		r, err := c.command(ctx, step.line)
		switch {
		case err == nil && !r.broken && (r.positive() || step.name == "RCPT" && r.code != closing && !blames(r)):
		default:
			return failure(step.name, r, err)
		}
	}
	return nil
}
