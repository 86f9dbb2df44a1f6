package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
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
