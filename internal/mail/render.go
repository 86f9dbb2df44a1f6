package mail

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"rekey"
	"rekey/internal/engine"
)

// data is the data of the templates. The last five fields are slots for the reader's
// own data. A template may use them anywhere in the text of either part.
type data struct {
	Language    string // "de"
	System      string
	LoginURL    string
	APIURL      string
	Contact     string
	Policy      string // "modern" or "classic"
	Reader      string // "ui", "api" or "hybrid"
	OldPassword string // "replace", "keep" or "revoke"
	Chosen      string // what the reader had before: "never", "set" or "revoked"
	CallsAPI    bool   // programs call the API with the password of a hybrid reader
	Directory   string // where the reader's chosen password lives; "" is here
	EventType   string
	EventName   string
	Involved    bool // the event is about the reader
	Note        string
	NoteLines   []string

	// Of a digest: the first line, and all of them. Others is how many things it tells
	// besides the first line, More how many of these have no line, and All is their sum
	// with the first one.
	line
	Lines             []line
	Others, More, All int
	Home              string // the first page

	Test bool // a test message instead of a notice
	// AddressChanged: Directory has another address for the reader, noticed at Since.
	// Until HeldUntil no password goes there; "": passwords do.
	AddressChanged   bool
	Since, HeldUntil string
	// Undone: a password that was mailed to the reader by mistake ended at Since, and their
	// own works.
	Undone bool
	// Remind: a password that was mailed to the reader at Since waits for them. It expires
	// at Expires.
	Remind  bool
	Expires string

	// Padding follows the hidden first line, so that the list of a mailbox
	// shows nothing after it.
	Padding string

	Hello    string
	Address  string
	Password string
	Until    string
	Zone     string
}

// line is one thing that a digest tells.
type line struct {
	Automation string // its name; also that of the message with a password
	// Held is how many runs wait for approval, People how many passwords they would send,
	// Halted how many of them stopped themselves.
	Held, People, Halted int
	Missed               bool   // the schedule was reached while no server ran
	Count                int    // deliveries that failed
	Messages             bool   // the automation sends no passwords
	Link                 string // the page to open
	Owns, Approves       bool   // the reader owns the automation, or may approve its runs
}

// padding fills the preview of a message in a mailbox: 60 times a zero width
// non-joiner and a no-break space.
var padding = strings.Repeat("\u200c\u00a0", 60)

// slot is a place for data of the reader.
type slot string

// The slots. Those of the header come from encode (compose.go), the others from the
// templates.
const (
	slotDate     slot = "date"
	slotTo       slot = "to"
	slotID       slot = "id"
	slotBoundary slot = "boundary"
	slotHello    slot = "hello"
	slotAddress  slot = "address"
	slotPassword slot = "password"
	slotUntil    slot = "until"
	slotZone     slot = "zone"
)

var bodySlots = []slot{slotHello, slotAddress, slotPassword, slotUntil, slotZone}

// part is a slot, or a text that is the same for all readers.
type part struct {
	text string
	slot slot
}

// rendered is a message with open slots.
type rendered struct {
	settings *settings
	words    *words
	subject  string
	text     []part
	html     []part // nil for a message of text only, whose language is not known
}

// password renders the message with a new password.
func (t *templates) password(o engine.Occasion) (*rendered, error) {
	w := t.find(o.Language)
	note := strings.TrimSpace(strings.ReplaceAll(o.Note, "\r\n", "\n"))
	d := t.common(w)
	d.Reader, d.OldPassword = string(o.Reader), string(o.OldPassword)
	d.Chosen, d.CallsAPI = string(cmp.Or(o.Chosen, rekey.ChosenSet)), o.CallsAPI
	d.Automation, d.EventType, d.EventName = printable(o.Automation), printable(o.EventType), printable(o.EventName)
	d.Involved, d.Directory = o.Involved, printable(o.Directory)
	if note != "" {
		for line := range strings.SplitSeq(note, "\n") {
			d.NoteLines = append(d.NoteLines, printable(line))
		}
		d.Note = strings.Join(d.NoteLines, "\n")
	}
	return t.render(w, "subject", "password", d)
}

// message renders a message without a password: plain text in the automation's own words, with
// no data of the reader.
func (t *templates) message(o engine.Occasion) *rendered {
	lines := strings.Split(o.Text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return &rendered{settings: t.settings, words: t.find(""), subject: printable(oneLine(o.Subject)),
		text: []part{{text: strings.Join(lines, "\n") + "\n"}}}
}

func (t *templates) common(w *words) data {
	s := t.settings
	return data{Language: w.tag, System: s.System, LoginURL: s.loginURL, APIURL: s.apiURL,
		Contact: s.Contact, Policy: s.Policy, Padding: padding}
}

// render executes the subject and both layouts with a mark for each slot, and cuts
// them there. A mark contains a hash of everything else, so that no text can contain
// it.
func (t *templates) render(w *words, subject, layout string, d data) (*rendered, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", d))
	mark := "rekey" + hex.EncodeToString(sum[:16]) + "slot"
	for i, field := range []*string{&d.Hello, &d.Address, &d.Password, &d.Until, &d.Zone} {
		*field = mark + string(rune('0'+i))
	}
	var line, text, html strings.Builder
	if err := w.text.ExecuteTemplate(&line, subject, d); err != nil {
		return nil, broken(err)
	}
	if err := w.text.ExecuteTemplate(&text, w.layout[layout+".txt"], d); err != nil {
		return nil, broken(err)
	}
	if err := w.html.ExecuteTemplate(&html, w.layout[layout+".html"], d); err != nil {
		return nil, broken(err)
	}
	if strings.Contains(line.String(), mark) {
		return nil, broken(fmt.Errorf("%s: the subject must not contain data of the reader", w.where(layout+".txt", "subject")))
	}
	return &rendered{
		settings: t.settings,
		words:    w,
		subject:  printable(oneLine(line.String())),
		text:     cut(tidy(text.String()), mark),
		html:     cut(strings.TrimSpace(html.String())+"\n", mark),
	}, nil
}

// cut splits s at its slots.
func cut(s, mark string) []part {
	var parts []part
	for {
		before, after, found := strings.Cut(s, mark)
		if before != "" {
			parts = append(parts, part{text: before})
		}
		if !found {
			return parts
		}
		parts = append(parts, part{slot: bodySlots[after[0]-'0']})
		s = after[1:]
	}
}

// tidy leaves at most one empty line in a row.
func tidy(s string) string {
	s = strings.Trim(s, "\n") + "\n"
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s
}
