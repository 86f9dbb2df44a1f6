package mail

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	"rekey"
	"rekey/internal/engine"
)

// unknownEvent stands for event types without words of their own.
const unknownEvent = "example.unknown"

// Check renders every message in every language, for every type of reader, what
// they had before, setting for the old password and event type, and refuses templates that
// cannot be executed, that do not show the password exactly once in each part,
// alone on its line in the text and outside of any tag in the HTML, or that
// load anything. New calls it.
//
// Templates that have passed are not checked again in the same process.
//
// Errors: a *rekey.Error whose message names the file and the line.
func (m *Mailer) Check() error {
	if _, ok := passed.Load(m.templates.digest); ok {
		return nil
	}
	events := []string{unknownEvent}
	for _, t := range rekey.EventTypes() {
		events = append(events, t.Name)
	}
	results := make(chan error, len(m.templates.order))
	for _, tag := range m.templates.order {
		c := &checker{m.templates, m.templates.languages[tag], map[string]effect{}}
		go func() { results <- c.check(events) }()
	}
	var first error
	for range m.templates.order {
		if err := <-results; err != nil && (first == nil || err.Error() < first.Error()) {
			first = err
		}
	}
	if first == nil {
		passed.Store(m.templates.digest, true)
	}
	return first
}

// passed holds the digests of checked templates and settings.
var passed sync.Map

func (c *checker) check(events []string) error {
	if err := c.checkNotices(c.words); err != nil {
		return err
	}
	for _, reader := range []rekey.UserType{rekey.TypeUI, rekey.TypeAPI, rekey.TypeHybrid} {
		for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
			for _, event := range events {
				for _, full := range []bool{true, false} {
					o := engine.Occasion{Language: c.words.tag, Reader: reader, OldPassword: old, Automation: "Example", EventType: event, Involved: full}
					if event == rekey.External {
						o.EventName = "example.name"
					}
					if full {
						o.Note = "Example.\nSecond line."
					}
					if err := c.checkOccasion(o); err != nil {
						return err
					}
				}
			}
			for _, o := range unusual(c.words.tag, reader, old) {
				if err := c.checkOccasion(o); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// unusual returns occasions for readers without a chosen password, for readers whose
// programs call the API, and for those whose password lives in a directory.
func unusual(tag string, reader rekey.UserType, old rekey.OldPassword) []engine.Occasion {
	o := engine.Occasion{Language: tag, Reader: reader, OldPassword: old, Automation: "Example", EventType: rekey.UserCreated, Involved: true}
	never, revoked, calls, lives := o, o, o, o
	never.Chosen, revoked.Chosen, calls.CallsAPI = rekey.ChosenNever, rekey.ChosenRevoked, reader == rekey.TypeHybrid
	lives.Directory = "staff"
	return []engine.Occasion{never, revoked, calls, lives}
}

func (c *checker) checkOccasion(o engine.Occasion) error {
	w := c.words
	r, err := c.password(o)
	if err != nil {
		return err
	}
	complain := func(layout, pattern, what string) error {
		return broken(fmt.Errorf("%s: %s (language %s, reader %s, old password %s, chosen before %s, event %s)",
			w.where(layout, pattern), what, w.tag, o.Reader, o.OldPassword, cmp.Or(o.Chosen, rekey.ChosenSet), o.EventType))
	}
	if r.subject == "" {
		return complain("password.txt", "", "the subject is empty")
	}
	if what := checkText(r.text); what != "" {
		return complain("password.txt", ".Password", what)
	}
	if what := c.checkHTML(r.html); what != "" {
		return complain("password.html", ".Password", what)
	}
	for _, p := range r.html {
		if loads := c.effectOf(p.text).loads; p.slot == "" && loads != "" {
			return complain("password.html", loads, "a mail must not load anything: leave out "+loads)
		}
	}
	const when = "it must say until when the password is valid (.Until)"
	if count(r.text, slotUntil) == 0 {
		return complain("password.txt", "", when)
	}
	if count(r.html, slotUntil) == 0 {
		return complain("password.html", "", when)
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

// checkHTML finds slots inside of tags, titles, styles and hidden text. A link or a
// title with the secret would be shown or sent elsewhere, and lock screens show the
// hidden text.
func (c *checker) checkHTML(parts []part) string {
	if count(parts, slotPassword) != 1 {
		return "the HTML part needs .Password exactly once"
	}
	var tag, title, style, hidden bool
	for _, p := range parts {
		if p.slot == "" {
			e := c.effectOf(p.text)
			e.tag.apply(&tag)
			e.title.apply(&title)
			e.style.apply(&style)
			e.hidden.apply(&hidden)
			continue
		}
		switch {
		case tag:
			return "data of the reader, such as .Password, must not be inside a tag or a link"
		case title || style:
			return "data of the reader, such as .Password, must not be in <title> or <style>"
		case hidden && p.slot == slotPassword:
			return ".Password must not be in a hidden element"
		}
	}
	return ""
}

// checker checks the messages of one language. It caches the effect of each text,
// because most texts are in many messages.
type checker struct {
	*templates
	words   *words
	effects map[string]effect
}

// effect says where in the HTML a text ends, and what it loads.
type effect struct {
	tag, title, style, hidden change
	loads                     string
}

// change sets (1), clears (-1) or leaves (0) a condition.
type change int

func (c change) apply(condition *bool) {
	if c != 0 {
		*condition = c > 0
	}
}

// forbidden finds HTML that makes a mail program load or run something.
var forbidden = []string{"<img", "<script", "<iframe", "<link", "<object", "<embed", "<video", "<audio", "<form", "url(", "@import", "background="}

func (c *checker) effectOf(text string) effect {
	if e, ok := c.effects[text]; ok {
		return e
	}
	lower := strings.ToLower(text)
	later := func(open, end int) change {
		switch {
		case open > end:
			return 1
		case end >= 0:
			return -1
		default:
			return 0
		}
	}
	e := effect{
		tag:   later(strings.LastIndexByte(lower, '<'), strings.LastIndexByte(lower, '>')),
		title: later(strings.LastIndex(lower, "<title"), strings.LastIndex(lower, "</title")),
		style: later(strings.LastIndex(lower, "<style"), strings.LastIndex(lower, "</style")),
		// Enough for a preheader: hidden text ends with any element.
		hidden: later(strings.LastIndex(lower, "display:none"), strings.LastIndex(lower, "</")),
	}
	for _, loads := range forbidden {
		if strings.Contains(lower, loads) {
			e.loads = loads
			break
		}
	}
	c.effects[text] = e
	return e
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

// where returns file and line of the first match of pattern: in the layout, or else
// in the words, or else line 1 of the layout.
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
