package peer

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
)

// Mail is a message as a mail program reads it.
type Mail struct {
	Header    mail.Header
	From      string // address
	To        string // address
	ToName    string
	Subject   string
	MessageID string
	Date      time.Time
	Text      string // of the text part, with "\n" as line break
	HTML      string
}

// ReadMail reads a message with a library that did not compose it. The error is that
// of the library, or says what the message lacks that Rekey must send.
func ReadMail(raw []byte) (Mail, error) {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	m := Mail{Header: r.Header}
	if err := m.readHeader(); err != nil {
		return Mail{}, err
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Mail{}, err
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			return Mail{}, err
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		switch media := part.Header.Get("Content-Type"); {
		case strings.HasPrefix(media, "text/plain") && m.Text == "":
			m.Text = text
		case strings.HasPrefix(media, "text/html") && m.HTML == "":
			m.HTML = text
		default:
			return Mail{}, errors.New("unexpected part " + media)
		}
	}
	if alone := strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain"); m.Text == "" || m.HTML == "" && !alone {
		return Mail{}, errors.New("a message has a text and an HTML part, or is plain text")
	}
	return m, nil
}

func (m *Mail) readHeader() error {
	from, err := m.Header.AddressList("From")
	if err != nil {
		return err
	}
	to, err := m.Header.AddressList("To")
	if err != nil {
		return err
	}
	if len(from) != 1 || len(to) != 1 {
		return errors.New("a message has one sender and one recipient")
	}
	m.From, m.To, m.ToName = from[0].Address, to[0].Address, to[0].Name
	if m.Subject, err = m.Header.Subject(); err != nil {
		return err
	}
	if m.MessageID, err = m.Header.MessageID(); err != nil {
		return err
	}
	m.Date, err = m.Header.Date()
	return err
}

var passwordLine = regexp.MustCompile(`(?m)^[A-Za-z0-9]{6}(?:-[A-Za-z0-9]{6}){3}$`)

// Password returns the password, which is alone on its line of the text part,
// or "" if there is none.
func (m Mail) Password() string { return passwordLine.FindString(m.Text) }
