package mail

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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
		return "digest-subject"
	}
}

// notice is the data of the templates of a notice.
func (t *templates) notice(w *words, n engine.Notice) data {
	d := t.common(w)
	for _, l := range n.Lines {
		d.Lines = append(d.Lines, line{
			Automation: printable(l.Automation), Held: l.Held, People: l.People, Halted: l.Halted, Missed: l.Missed, Count: l.Failed,
			Link: t.settings.link(l.Path), Owns: l.Owns, Approves: l.Approves, Messages: l.Messages,
		})
	}
	d.Home = t.settings.link("")
	if d.More = n.More; len(n.Lines) > 0 {
		d.line = d.Lines[0]
		d.All = len(n.Lines) + n.More
		d.Others = d.All - 1
	}
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
	path, query, _ := strings.Cut(path, "?")
	u := s.base.JoinPath(path)
	u.RawQuery = query
	return u.String()
}

// checkNotices refuses templates of notices that cannot be executed, that show a password,
// or that do not know a kind of notice: it would come without its news.
func (t *templates) checkNotices(w *words) error {
	since := time.Unix(0, 0)
	notices := []engine.Notice{
		{}, // stands for the test message
		{Kind: engine.NoticeAddressChanged, Directory: "the directory of the check", Since: since},
		{Kind: engine.NoticeAddressChanged, Directory: "the directory of the check", Since: since, HeldUntil: time.Unix(1, 0)},
		{Kind: engine.NoticeUndone, Since: since},
		{Kind: engine.NoticeRemind, Since: since, Until: since.AddDate(0, 0, 1)},
	}
	all := []engine.NoticeLine{{Failed: 1, Owns: true}, {Failed: 2, Owns: true}, {Failed: 2, Owns: true, Messages: true}, {Held: 2, Approves: true}, {Held: 1, Approves: true}, {Held: 1}, {Held: 1, Halted: 1}, {Held: 2, Halted: 1}, {Missed: true, Owns: true}}
	for i := range all {
		all[i].Automation, all[i].People, all[i].Path = fmt.Sprintf("Example %d", i), 3, fmt.Sprintf("/example/%d", i)
		notices = append(notices, engine.Notice{Kind: engine.NoticeDigest, Lines: all[i : i+1]})
	}
	notices = append(notices, engine.Notice{Kind: engine.NoticeDigest, Lines: all}, engine.Notice{Kind: engine.NoticeDigest, Lines: all[:2], More: 1}, engine.Notice{Kind: engine.NoticeDigest, Lines: all[:2], More: 4711})
	for _, n := range notices {
		if err := t.checkNotice(w, n); err != nil {
			return err
		}
	}
	return nil
}

// checkNotice renders one notice. Without a kind it is the test message.
func (t *templates) checkNotice(w *words, n engine.Notice) error {
	subject, d := noticeSubject(n), t.notice(w, n)
	if d.Test = n.Kind == ""; d.Test {
		subject = "test-subject"
	}
	r, err := t.render(w, subject, "notice", d)
	if err != nil {
		return err
	}
	if count(r.text, slotPassword)+count(r.html, slotPassword) > 0 {
		return broken(fmt.Errorf("%s: a notice must not contain a password", w.where("notice.txt", ".Password")))
	}
	for _, text := range news(n, d) {
		if !mentions(r.text, text) {
			return w.untold("notice.txt", n.Kind)
		}
		if !mentions(r.html, text) {
			return w.untold("notice.html", n.Kind)
		}
	}
	return nil
}

// mentions reports whether a text is in the parts that are the same for all readers.
func mentions(parts []part, text string) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return strings.Contains(p.text, text) })
}

// news is what a notice must name.
func news(n engine.Notice, d data) (texts []string) {
	switch n.Kind {
	case engine.NoticeUndone:
		return []string{d.Since}
	case engine.NoticeRemind:
		return []string{d.Expires}
	case engine.NoticeAddressChanged:
		return []string{n.Directory}
	case engine.NoticeDigest:
		for _, l := range d.Lines {
			texts = append(texts, l.Automation, l.Link)
		}
		if n.More > 1 {
			texts = append(texts, strconv.Itoa(n.More))
		}
	}
	return texts
}

func (w *words) untold(layout string, kind engine.NoticeKind) error {
	switch kind {
	case engine.NoticeUndone:
		return broken(fmt.Errorf("%s: if .Undone is true, it must say so and name the time (.Since)", w.where(layout, ".Undone")))
	case engine.NoticeRemind:
		return broken(fmt.Errorf("%s: if .Remind is true, it must say so and name the time (.Expires)", w.where(layout, ".Remind")))
	case engine.NoticeDigest:
		return broken(fmt.Errorf("%s: it must show each of .Lines with its .Automation and .Link, and .More, the number of those left out", w.where(layout, ".Lines")))
	default:
		return broken(fmt.Errorf("%s: if .AddressChanged is true, it must say so and name the directory (.Directory)", w.where(layout, ".AddressChanged")))
	}
}
