package mail

import (
	"fmt"
	"strings"

	"rekey"
	"rekey/internal/engine"
)

// unknownEvent stands for event types that have no words of their own.
const unknownEvent = "example.unknown"

// Check renders every message in every language, for every type of reader,
// setting for the old password and event type, and refuses templates that
// cannot be executed, that do not show the password exactly once in each part,
// alone on its line in the text and outside of any tag in the HTML, or that
// load anything. New calls it.
//
// Errors: a *rekey.Error whose message names the file and the line.
func (m *Mailer) Check() error {
	events := []string{unknownEvent}
	for _, t := range rekey.EventTypes() {
		events = append(events, t.Name)
	}
	results := make(chan error, len(m.templates.order))
	for _, tag := range m.templates.order {
		go func() { results <- m.templates.check(m.templates.languages[tag], events) }()
	}
	var first error
	for range m.templates.order {
		if err := <-results; err != nil && (first == nil || err.Error() < first.Error()) {
			first = err
		}
	}
	return first
}

func (t *templates) check(w *words, events []string) error {
	if err := t.checkNotices(w); err != nil {
		return err
	}
	for _, reader := range []rekey.UserType{rekey.TypeUI, rekey.TypeAPI, rekey.TypeHybrid} {
		for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
			for _, event := range events {
				for _, full := range []bool{true, false} {
					o := engine.Occasion{Language: w.tag, Reader: reader, OldPassword: old, Automation: "Example", EventType: event, Involved: full}
					if event == rekey.External {
						o.EventName = "example.name"
					}
					if full {
						o.Note = "Example.\nSecond line."
					}
					if err := t.checkOccasion(w, o); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (t *templates) checkOccasion(w *words, o engine.Occasion) error {
	r, err := t.password(o)
	if err != nil {
		return err
	}
	complain := func(layout, pattern, what string) error {
		return broken(fmt.Errorf("%s: %s (language %s, reader %s, old password %s, event %s)",
			w.where(layout, pattern), what, w.tag, o.Reader, o.OldPassword, o.EventType))
	}
	if r.subject == "" {
		return complain("password.txt", "", "the subject is empty")
	}
	if what := checkText(r.text); what != "" {
		return complain("password.txt", ".Password", what)
	}
	if what := checkHTML(r.html); what != "" {
		return complain("password.html", ".Password", what)
	}
	for _, p := range r.html {
		lower := strings.ToLower(p.text)
		for _, loads := range []string{"<img", "<script", "<iframe", "<link", "<object", "<embed", "url(", "@import", "background="} {
			if strings.Contains(lower, loads) {
				return complain("password.html", loads, "a mail loads nothing, so it has no "+loads)
			}
		}
	}
	for layout, parts := range map[string][]part{"password.txt": r.text, "password.html": r.html} {
		if count(parts, slotUntil) == 0 {
			return complain(layout, ".Until", "it does not say until when the password is valid (.Until)")
		}
	}
	return nil
}

func checkText(parts []part) string {
	if count(parts, slotPassword) != 1 {
		return "the text part needs .Password exactly once"
	}
	for i, p := range parts {
		if p.slot != slotPassword {
			continue
		}
		alone := i > 0 && strings.HasSuffix(parts[i-1].text, "\n") && i+1 < len(parts) && strings.HasPrefix(parts[i+1].text, "\n")
		if !alone {
			return ".Password must be alone on its line, without punctuation or indentation"
		}
	}
	return ""
}

// checkHTML finds slots inside of tags, titles and styles: a link or a title
// with the secret is shown or sent elsewhere.
func checkHTML(parts []part) string {
	if count(parts, slotPassword) != 1 {
		return "the HTML part needs .Password exactly once"
	}
	before := ""
	for _, p := range parts {
		if p.slot == "" {
			before += strings.ToLower(p.text)
			continue
		}
		if strings.LastIndexByte(before, '<') > strings.LastIndexByte(before, '>') {
			return "what is the reader's own, such as .Password, may not be inside of a tag or a link"
		}
		for _, element := range []string{"title", "style"} {
			if strings.LastIndex(before, "<"+element) > strings.LastIndex(before, "</"+element) {
				return "what is the reader's own, such as .Password, may not be in <" + element + ">"
			}
		}
		if p.slot == slotPassword && inHidden(before) {
			return ".Password may not be in what is hidden"
		}
	}
	return ""
}

// inHidden reports whether the end of html is in an element that is not shown:
// what comes there is what lock screens show.
func inHidden(html string) bool {
	at := strings.LastIndex(html, "display:none")
	return at >= 0 && !strings.Contains(html[at:], "</")
}

func count(parts []part, s slot) int {
	n := 0
	for _, p := range parts {
		if p.slot == s {
			n++
		}
	}
	return n
}

// where names the file of a layout and the line of what is to be looked at: in
// the layout itself, else in the words, else the layout's first.
func (w *words) where(layout, pattern string) string {
	path := w.layout[layout]
	find := func(source string) int {
		for i, line := range strings.Split(source, "\n") {
			if strings.Contains(strings.ToLower(line), strings.ToLower(pattern)) {
				return i + 1
			}
		}
		return 0
	}
	if pattern != "" {
		if n := find(w.source[path]); n > 0 {
			return fmt.Sprintf("%s:%d", path, n)
		}
		for other, source := range w.source {
			if strings.Contains(other, "words.") {
				if n := find(source); n > 0 {
					return fmt.Sprintf("%s:%d", other, n)
				}
			}
		}
	}
	return path + ":1"
}
