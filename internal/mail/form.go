package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
)

// formVersion rises when the format changes. Older versions must stay readable.
const formVersion = 1

// errForm is returned for bytes that are no form from Compose.
var errForm = errors.New("mail: not a form that this version can fill in")

// form is a composed and encoded message with open slots, and all that is needed to
// fill them in.
type form struct {
	Version int      `json:"v"`
	Zone    string   `json:"zone"` // the system's
	Dates   dates    `json:"dates"`
	Hello   [2]hello `json:"hello"` // of the text and the HTML part
	Pieces  []piece  `json:"pieces"`

	size int // of all text pieces, in bytes
}

// dates say how a moment is written in a language.
type dates struct {
	Months []string          `json:"months"` // twelve
	First  string            `json:"first"`  // the first day of a month
	Until  string            `json:"until"`  // with {day}, {month} and {time}
	Zones  map[string]string `json:"zones"`  // abbreviations that the language has its own word for
}

// hello holds the greeting for a reader with a name, at {name}, and without.
type hello [2]string

// piece is encoded text, or a slot and the encoding of its value.
type piece struct {
	Text string   `json:"t,omitempty"`
	Slot slot     `json:"s,omitempty"`
	As   encoding `json:"as,omitempty"`
}

// encoding is how a slot's value becomes bytes of the message.
type encoding string

// The encodings.
const (
	asHeader encoding = ""     // as it is
	asText   encoding = "text" // quoted-printable
	asHTML   encoding = "html" // HTML-escaped, quoted-printable
)

func (f *form) marshal() ([]byte, error) { return json.Marshal(f) }

func parseForm(b []byte) (*form, error) {
	f := &form{}
	if err := json.Unmarshal(b, f); err != nil {
		return nil, fmt.Errorf("%w: %w", errForm, err)
	}
	if f.Version != formVersion || len(f.Dates.Months) != 12 || len(f.Pieces) == 0 {
		return nil, errForm
	}
	for _, p := range f.Pieces {
		f.size += len(p.Text)
	}
	return f, nil
}

// encode makes the form of a rendered message. Text is encoded once, here.
func (r *rendered) encode() *form {
	f := &form{Version: formVersion, Zone: r.settings.TimeZone, Dates: r.words.dates, Hello: r.words.hello}
	from := appendMailbox(nil, r.settings.from.Name, r.settings.from.Address)
	sender := "\r\nFrom: " + string(from)
	if reply := r.settings.replyTo; reply.Address != "" {
		sender += "\r\nReply-To: " + string(appendMailbox(nil, reply.Name, reply.Address))
	}
	f.add(piece{Text: "Date: "}, piece{Slot: slotDate},
		piece{Text: sender + "\r\nTo: "}, piece{Slot: slotTo},
		piece{Text: "\r\nSubject: " + string(appendText(nil, r.subject)) + "\r\nMessage-ID: <"}, piece{Slot: slotID},
		piece{Text: "@" + r.settings.domain + ">\r\n" +
			"Auto-Submitted: auto-generated\r\n" + // RFC 3834 §5
			"X-Auto-Response-Suppress: All\r\n" + // Exchange; an automatic reply would quote the password
			"Content-Language: " + r.words.tag + "\r\n" +
			"MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\""},
		piece{Slot: slotBoundary}, piece{Text: "\"\r\n\r\n--"}, piece{Slot: slotBoundary},
		piece{Text: partHeader("text/plain")})
	f.addBody(r.text, asText)
	f.add(piece{Text: "\r\n--"}, piece{Slot: slotBoundary}, piece{Text: partHeader("text/html")})
	f.addBody(r.html, asHTML)
	f.add(piece{Text: "\r\n--"}, piece{Slot: slotBoundary}, piece{Text: "--\r\n"})
	return f
}

func partHeader(media string) string {
	return "\r\nContent-Type: " + media + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
}

// addBody appends a part. Each slot is at the start of a line, with soft line breaks
// around it if the text has none, so that its value neither moves the text around it
// nor makes a line too long.
func (f *form) addBody(parts []part, as encoding) {
	const soft = "=\r\n"
	midLine, afterSlot := false, false
	for _, p := range parts {
		if p.slot != "" {
			if midLine || afterSlot {
				f.add(piece{Text: soft})
			}
			f.add(piece{Slot: p.slot, As: as})
			midLine, afterSlot = false, true
			continue
		}
		if afterSlot && !strings.HasPrefix(p.text, "\n") {
			f.add(piece{Text: soft})
		}
		f.add(piece{Text: string(appendQP(nil, p.text))})
		midLine, afterSlot = !strings.HasSuffix(p.text, "\n"), false
	}
}

// add appends pieces, joining text with text.
func (f *form) add(pieces ...piece) {
	for _, p := range pieces {
		if last := len(f.Pieces) - 1; last >= 0 && p.Slot == "" && f.Pieces[last].Slot == "" {
			f.Pieces[last].Text += p.Text
			continue
		}
		f.Pieces = append(f.Pieces, p)
	}
}

// maxForms is more than a busy minute needs; each form takes about 15 KB.
const maxForms = 128

// parsedForm is a cached form and its bytes.
type parsedForm struct {
	raw  []byte
	form *form
}

var formSeed = maphash.MakeSeed()

// form parses a form, or takes it from the cache: the engine passes the same form
// with every letter.
func (m *Mailer) form(raw []byte) (*form, error) {
	key := maphash.Bytes(formSeed, raw)
	if lately, ok := m.forms.Get(key); ok && bytes.Equal(lately.raw, raw) {
		return lately.form, nil
	}
	f, err := parseForm(raw)
	if err == nil {
		m.forms.Add(key, parsedForm{bytes.Clone(raw), f})
	}
	return f, err
}
