package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// errLetter is returned for a letter that cannot become a message.
var errLetter = errors.New("mail: this letter cannot be filled in")

// filled are the values of the slots for one letter.
type filled struct {
	id, boundary      string
	name, to, address string
	password          string
	until, zone       string
	date              time.Time
}

// values returns the values of the slots. The same letter always gives the same
// values.
func (f *form) values(l engine.Letter) (filled, error) {
	to, err := sendableAddress(l.To)
	if err != nil {
		return filled{}, err
	}
	if l.DeliveryID == "" || l.Date.IsZero() {
		return filled{}, fmt.Errorf("%w: it has no id or no date", errLetter)
	}
	sum := sha256.Sum256([]byte("boundary " + l.DeliveryID))
	v := filled{
		id:       messageID(l.DeliveryID),
		boundary: "=_" + hex.EncodeToString(sum[:12]), // "=_" never is in quoted-printable (RFC 2045 §6.7)
		name:     shownName(l.Name),
		to:       to,
		address:  printable(l.To),
		password: l.Password.Reveal(),
		date:     l.Date,
	}
	if !l.ValidUntil.IsZero() {
		v.until, v.zone = f.Dates.format(l.ValidUntil.In(zoneOf(l.TimeZone, f.Zone)))
	}
	return v, nil
}

// append appends the message, without a signature. The buffer then holds the
// secret.
func (f *form) append(dst []byte, v *filled) []byte {
	for i := range f.Pieces {
		p := &f.Pieces[i]
		if p.Slot == "" {
			dst = append(dst, p.Text...)
			continue
		}
		switch p.Slot {
		case slotDate:
			dst = v.date.UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 -0700")
		case slotTo:
			dst = appendMailbox(dst, v.name, v.to)
		case slotID:
			dst = append(dst, v.id...)
		case slotBoundary:
			dst = append(dst, v.boundary...)
		default:
			dst = appendQP(dst, f.text(p.Slot, p.As, v))
		}
	}
	return dst
}

// text returns the value of a slot in the body, escaped for its part.
func (f *form) text(s slot, as encoding, v *filled) string {
	escape := func(s string) string {
		if as == asHTML {
			return html.EscapeString(s)
		}
		return s
	}
	switch s {
	case slotHello:
		greeting := f.Hello[0]
		if as == asHTML {
			greeting = f.Hello[1] // escaped already
		}
		if v.name == "" {
			return greeting[1]
		}
		return strings.Replace(greeting[0], "{name}", escape(v.name), 1)
	case slotAddress:
		return escape(v.address)
	case slotPassword:
		return escape(v.password)
	case slotUntil:
		return escape(v.until)
	case slotZone:
		return escape(v.zone)
	default:
		return ""
	}
}

// format returns the moment and its zone in words. Years are left out: the
// moment is days ahead.
func (d *dates) format(t time.Time) (until, zone string) {
	day := t.Format("2")
	if t.Day() == 1 {
		day = d.First
	}
	until = strings.Replace(d.Until, "{day}", day, 1)
	until = strings.Replace(until, "{month}", d.Months[t.Month()-1], 1)
	until = strings.Replace(until, "{time}", t.Format("15:04"), 1)
	zone, _ = t.Zone()
	if own, ok := d.Zones[zone]; ok {
		return until, own
	}
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") {
		zone = "UTC" + t.Format("-07:00") // zones without letters are "+03"
	}
	return until, zone
}

// sendableAddress returns the address for RCPT and To, or errLetter if it is not
// valid: it must not be able to add a header or a command.
func sendableAddress(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	plain := at > 0 && at <= 64 && at < len(address)-1 && len(address) <= 254 && !strings.Contains(address, "..") &&
		address[0] != '.' && address[at-1] != '.' && address[at+1] != '.' && address[len(address)-1] != '.' &&
		!strings.Contains(address[at:], "-.") && !strings.Contains(address[at:], ".-") && !strings.HasSuffix(address, "-")
	for i := 0; i < len(address) && plain; i++ {
		c := address[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
		plain = letter || i == at || i < at && strings.IndexByte("!#$%&'*+/=?^_`{|}~", c) >= 0
	}
	if plain {
		return address, nil
	}
	parsed, err := rekey.ParseAddress(address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errLetter, err)
	}
	return asciiAddress(parsed), nil
}

// messageID returns the left part of a Message-ID (RFC 5322 §3.6.4): the id of the
// delivery, so that people can find it in the mail server's log.
func messageID(id string) string {
	for i := range len(id) {
		c := id[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			continue
		}
		sum := sha256.Sum256([]byte(id))
		return hex.EncodeToString(sum[:16])
	}
	return id
}

// zoneOf returns the zone with that name, or else the system's, or else UTC.
func zoneOf(name, system string) *time.Location {
	for _, name := range []string{name, system} {
		if zone, err := rekey.LoadZone(name); err == nil {
			return zone
		}
	}
	return time.UTC
}
