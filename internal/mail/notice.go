package mail

import (
	"context"
	"fmt"

	"rekey"
	"rekey/internal/engine"
)

// SendNotice implements engine.Mailer. It is safe for concurrent use, and uses a
// connection like any other message. If a template is broken, the answer is Refused.
func (m *Mailer) SendNotice(ctx context.Context, n engine.Notice) engine.Outcome {
	w := m.templates.find(n.Language)
	d := m.templates.common(w)
	d.Automation, d.Count, d.Link = printable(n.Automation), n.Count, m.settings.link(n.Path)
	d.Held, d.People, d.HeldLink, d.Owns, d.Approves = n.Held, n.People, m.settings.link(n.HeldPath), n.Owns, n.Approves
	letter := engine.Letter{DeliveryID: n.ID, To: n.To, Name: n.Name, Date: n.Date}
	return m.sendPlain(ctx, w, "notice-subject", d, letter)
}

// SendTest sends a test message.
func (m *Mailer) SendTest(ctx context.Context, to, language string) engine.Outcome {
	w := m.templates.find(language)
	d := m.templates.common(w)
	d.Test = true
	now := m.transport.now()
	letter := engine.Letter{DeliveryID: fmt.Sprintf("test-%x", now.UnixNano()), To: to, Date: now}
	return m.sendPlain(ctx, w, "test-subject", d, letter)
}

// sendPlain sends a message without a password.
func (m *Mailer) sendPlain(ctx context.Context, w *words, subject string, d data, l engine.Letter) engine.Outcome {
	r, err := m.templates.render(w, subject, "notice", d)
	if err != nil {
		return engine.Outcome{Verdict: engine.Refused, Reply: engine.Reply{Text: clip(printable(err.Error()))}}
	}
	form, err := r.encode().marshal()
	if err != nil {
		return engine.Outcome{Verdict: engine.Refused, Reply: engine.Reply{Text: clip(printable(err.Error()))}}
	}
	return m.Send(ctx, engine.Message{Form: form, Letter: l})
}

// link returns the URL of a page of the console.
func (s *settings) link(path string) string {
	if path == "" {
		return s.BaseURL
	}
	return s.base.JoinPath(path).String()
}

func (t *templates) checkNotices(w *words) error {
	for _, n := range []engine.Notice{{}, {Count: 1, Owns: true}, {Count: 2, Held: 1, Owns: true}, {Held: 2, Approves: true}, {Held: 1, Approves: true}, {Held: 1}} {
		d := t.common(w)
		d.Automation, d.Count, d.Link, d.Test = "Example", n.Count, t.settings.loginURL, n == engine.Notice{}
		d.Held, d.People, d.HeldLink, d.Owns, d.Approves = n.Held, 3, t.settings.loginURL, n.Owns, n.Approves
		subject := "notice-subject"
		if d.Test {
			subject = "test-subject"
		}
		r, err := t.render(w, subject, "notice", d)
		if err != nil {
			return err
		}
		if count(r.text, slotPassword)+count(r.html, slotPassword) > 0 {
			return &rekey.Error{Code: rekey.CodeInvalid, Message: "A mail template is broken: " + w.where("notice.txt", ".Password") + ": a notice must not contain a password."}
		}
	}
	return nil
}
