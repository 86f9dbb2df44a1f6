package catcher

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
)

// Message is one message as it was caught.
type Message struct {
	Number   int // counts from 1, in the order of arrival
	Received time.Time
	From     string   // of the envelope
	To       []string // of the envelope
	Subject  string
	Text     string // the part for reading as text
	HTML     string // the part for reading as HTML
	Raw      []byte
}

func (m Message) isTo(address string) bool {
	return slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}

// parse takes a message apart (RFC 5322, RFC 2045).
func parse(raw []byte) (Message, error) {
	m := Message{Raw: raw}
	reader, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return m, fmt.Errorf("read the header: %w", err)
	}
	if m.Subject, err = reader.Header.Subject(); err != nil {
		return m, fmt.Errorf("read the subject: %w", err)
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, fmt.Errorf("read the parts: %w", err)
		}
		inline, ok := part.Header.(*mail.InlineHeader)
		if !ok {
			continue
		}
		kind, _, err := inline.ContentType()
		if err != nil {
			return m, fmt.Errorf("read the kind of a part: %w", err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			return m, fmt.Errorf("read a part: %w", err)
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		switch kind {
		case "text/plain":
			m.Text = text
		case "text/html":
			m.HTML = text
		}
	}
}
