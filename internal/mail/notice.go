package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rekey/internal/engine"
)

// SendNotice implements engine.Mailer. It is safe for concurrent use, and uses a
// connection like any other message. If a template is broken, the answer is Refused.
func (m *Mailer) SendNotice(ctx context.Context, n engine.Notice) engine.Outcome {
	w := m.templates.find(n.Language)
	letter := engine.Letter{DeliveryID: n.ID, To: n.To, Name: n.Name, Date: n.Date}
	return m.sendPlain(ctx, w, noticeSubject(n), m.templates.notice(w, n), letter)
}

// noticeSubject is the name of the template of the subject.
func noticeSubject(n engine.Notice) string {
	switch n.Kind {
	case engine.NoticeAddressChanged:
		return "address-subject"
	case engine.NoticeUndone:
		return "undone-subject"
	case engine.NoticeRemind:
		return "remind-subject"
	default:
		return "notice-subject"
	}
}

// notice is the data of the templates of a notice.
func (t *templates) notice(w *words, n engine.Notice) data {
	d := t.common(w)
	d.Automation, d.Count, d.Link = printable(n.Automation), n.Count, t.settings.link(n.Path)
	d.Halted = n.Halted
	d.Held, d.People, d.HeldLink, d.Owns, d.Approves = n.Held, n.People, t.settings.link(n.HeldPath), n.Owns, n.Approves
	d.Missed, d.MissedLink = n.Missed, t.settings.link(n.AutomationPath)
	d.AddressChanged, d.Directory = n.Kind == engine.NoticeAddressChanged, printable(n.Directory)
	d.Undone, d.Remind = n.Kind == engine.NoticeUndone, n.Kind == engine.NoticeRemind
	moment := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		text, zone := w.dates.format(at.In(zoneOf(n.TimeZone, t.settings.TimeZone)))
		return text + " " + zone
	}
	d.Since, d.HeldUntil, d.Expires = moment(n.Since), moment(n.HeldUntil), moment(n.Until)
	return d
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

// checkNotices refuses templates of notices that cannot be executed, that show a password,
// or that do not know a notice about the reader's account: it would come without its news.
func (t *templates) checkNotices(w *words) error {
	changed := engine.Notice{Kind: engine.NoticeAddressChanged, Directory: "the directory of the check", Since: time.Unix(0, 0)}
	undone := engine.Notice{Kind: engine.NoticeUndone, Since: time.Unix(0, 0)}
	remind := engine.Notice{Kind: engine.NoticeRemind, Since: time.Unix(0, 0), Until: time.Unix(0, 0).AddDate(0, 0, 1)}
	held := changed
	held.HeldUntil = time.Unix(1, 0)
	for _, n := range []engine.Notice{{}, {Count: 1, Owns: true}, {Count: 2, Held: 1, Owns: true}, {Held: 2, Approves: true}, {Held: 1, Approves: true}, {Held: 1}, {Held: 1, Halted: 1}, {Held: 2, Halted: 1}, {Missed: true, Owns: true}, changed, held, undone, remind} {
		subject, test := noticeSubject(n), n == engine.Notice{}
		if test {
			subject = "test-subject"
		}
		n.Automation, n.People = "Example", 3
		d := t.notice(w, n)
		d.Test = test
		r, err := t.render(w, subject, "notice", d)
		if err != nil {
			return err
		}
		if count(r.text, slotPassword)+count(r.html, slotPassword) > 0 {
			return broken(fmt.Errorf("%s: a notice must not contain a password", w.where("notice.txt", ".Password")))
		}
		if n.Kind != "" && !mentions(r.text, news(n, d)) {
			return w.untold("notice.txt", n.Kind)
		}
		if n.Kind != "" && !mentions(r.html, news(n, d)) {
			return w.untold("notice.html", n.Kind)
		}
	}
	return nil
}

// mentions reports whether a text is in the parts that are the same for all readers.
func mentions(parts []part, text string) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return strings.Contains(p.text, text) })
}

// news is what a notice about the reader's account must name.
func news(n engine.Notice, d data) string {
	switch n.Kind {
	case engine.NoticeUndone:
		return d.Since
	case engine.NoticeRemind:
		return d.Expires
	default:
		return n.Directory
	}
}

func (w *words) untold(layout string, kind engine.NoticeKind) error {
	switch kind {
	case engine.NoticeUndone:
		return broken(fmt.Errorf("%s: if .Undone is true, it must say so and name the time (.Since)", w.where(layout, ".Undone")))
	case engine.NoticeRemind:
		return broken(fmt.Errorf("%s: if .Remind is true, it must say so and name the time (.Expires)", w.where(layout, ".Remind")))
	default:
		return broken(fmt.Errorf("%s: if .AddressChanged is true, it must say so and name the directory (.Directory)", w.where(layout, ".AddressChanged")))
	}
}
