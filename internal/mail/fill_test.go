package mail

import (
	"bytes"
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// checkBytes holds what must be true of every message's bytes.
func checkBytes(t testing.TB, raw []byte) {
	t.Helper()
	if n := bytes.Count(raw, []byte("\n")); n != bytes.Count(raw, []byte("\r\n")) || n != bytes.Count(raw, []byte("\r")) {
		t.Error("a line break is not CRLF")
	}
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		limit := 78
		if bytes.ContainsAny(line, "@") {
			limit = 998 // an address cannot be folded
		}
		if len(line) > limit || !isASCII(string(line)) {
			t.Errorf("a line of the header has %d characters: %q", len(line), line)
		}
	}
	for line := range bytes.SplitSeq(body, []byte("\r\n")) {
		if len(line) > 76 || !isASCII(string(line)) || bytes.HasPrefix(line, []byte(".")) || bytes.HasSuffix(line, []byte(" ")) {
			t.Errorf("a line of the body: %q", line)
		}
	}
}

func FuzzFill(f *testing.F) {
	m := offline(f)
	o := occasion()
	form, err := m.Compose(o)
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"", "Ada", "Ada Lovelace, \"Countess\"", "<script>alert('x')</script>", "http://evil.example/?q=1", "Zoë Åström",
		"عمر الخيام", "\u202egnirts", strings.Repeat("long name ", 40), strings.Repeat("愛", 200), "a\r\nBcc: b@c.de\r\n\r\n.\r\n", ".", "..", "From me",
		"=?utf-8?Q?x?=", "{name}", "\x00\xff", " ", "=", "a=", "&amp;", "back\\slash\"quote"} {
		f.Add(name, "ada@example.org")
	}
	f.Add("Ada", "a!#$%&'*+-/=?^_`{|}~z@xn--bcher-kva.example")
	f.Add("Ada", "ada@bücher.example")
	f.Fuzz(func(t *testing.T, name, address string) {
		l := letter(t)
		l.Name, l.To = name, address
		var buffer []byte
		if _, err := m.write(&buffer, engine.Message{Form: form, Letter: l}); err != nil {
			return // an address that is none
		}
		raw := buffer[:len(buffer)-len(finalDot)]
		checkBytes(t, raw)
		mail := mailtest.Parse(t, raw)
		if mail.Password() != sample || strings.Count(mail.Text, sample) != 1 || strings.Count(mail.HTML, sample) != 1 {
			t.Errorf("the password is not there exactly once in each part")
		}
		shown := shownName(name)
		if mail.ToName != shown && strings.Join(strings.Fields(mail.ToName), " ") != strings.Join(strings.Fields(shown), " ") {
			t.Errorf("To has the name %q, want %q", mail.ToName, shown)
		}
		if shown != "" && (!strings.Contains(mail.Text, "Hello "+shown+",") || !strings.Contains(mail.HTML, "<bdi>Hello "+html.EscapeString(shown)+",</bdi>")) {
			t.Errorf("the greeting of %q is not there", shown)
		}
		if !utf8.ValidString(mail.Text) || !utf8.ValidString(mail.HTML) {
			t.Error("not UTF-8")
		}
		if !bytes.Equal(stuff(raw), raw) {
			t.Error("the message needs stuffing")
		}
	})
}
