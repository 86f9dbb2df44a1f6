package mail

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

func TestRepliesAreReadWithinBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		want   reply
		failed error
	}{
		{in: "250 ok\r\n", want: reply{code: 250, text: "ok"}},
		{in: "250\r\n", want: reply{code: 250}},
		{in: "250 ok\n", want: reply{code: 250, text: "ok"}},
		{in: "250-a\r\n250-b\r\n250 c\r\n", want: reply{code: 250, text: "a\nb\nc"}},
		{in: "550-a\r\n550-b", want: reply{code: 550, text: "a", broken: true}},
		{in: "550-a\r\n", want: reply{code: 550, text: "a", broken: true}},
		{in: "", failed: io.EOF},
		{in: "250 ok", failed: io.EOF},
		{in: "25", failed: io.EOF},
		{in: "250-a\r\n550 b\r\n", failed: errProtocol},
		{in: "2x0 ok\r\n", failed: errProtocol},
		{in: "999 ok\r\n", failed: errProtocol},
		{in: "199 ok\r\n", failed: errProtocol},
		{in: "250ok\r\n", failed: errProtocol},
		{in: "\r\n", failed: errProtocol},
		{in: "250 " + strings.Repeat("x", maxReply) + "\r\n", failed: io.ErrShortBuffer},
		{in: "250-a\r\n250 " + strings.Repeat("x", maxReply) + "\r\n", want: reply{code: 250, broken: true}},
	} {
		got, err := readReply(bufio.NewReader(strings.NewReader(c.in)))
		if !errors.Is(err, c.failed) || got.code != c.want.code || got.broken != c.want.broken ||
			!strings.HasPrefix(got.text, c.want.text) || len(got.text) > keptReply+1 {
			t.Errorf("%.40q: got %d %.40q broken=%t, %v", c.in, got.code, got.text, got.broken, err)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	f.Add([]byte("250-a\r\n250 b\r\n"))
	f.Add([]byte("550 \xff\x00\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := readReply(bufio.NewReaderSize(bytes.NewReader(in), 16))
		if err == nil && (r.code < 200 || r.code > 599) {
			t.Errorf("code %d", r.code)
		}
		if stored := r.stored(sample); len([]rune(stored.Text)) > 200 || printable(stored.Text) != stored.Text {
			t.Errorf("stored %q", stored.Text)
		}
	})
}

func TestSecretIsTakenOutOfReplies(t *testing.T) {
	t.Parallel()
	bare := strings.ReplaceAll(sample, "-", "")
	var qp strings.Builder
	w := quotedprintable.NewWriter(&qp)
	if _, err := w.Write([]byte(sample)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	percent := ""
	for _, c := range []byte(sample) {
		percent += fmt.Sprintf("%%%02X", c)
	}
	forms := map[string]string{
		"whole": sample, "without hyphens": bare, "lower case": strings.ToLower(sample), "a group": "P9VCEJ", "cut off": sample[:10],
		"in two lines": sample[:9] + "\n" + sample[9:], "spaced": strings.Join(strings.Split(bare, ""), " "),
		"quoted-printable": qp.String(), "soft break": sample[:9] + "=\n" + sample[9:], "all escaped": strings.ReplaceAll(percent, "%", "="), "percent": percent,
		"hex": hex.EncodeToString([]byte(sample)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(sample))),
	}
	for offset := range 3 {
		forms[fmt.Sprint("base64 at ", offset)] = base64.StdEncoding.EncodeToString([]byte("xyz"[:offset] + sample + "tail"))
		forms[fmt.Sprint("bare base64 at ", offset)] = base64.StdEncoding.EncodeToString([]byte("xyz"[:offset] + bare))
	}
	for name, quote := range forms {
		for _, text := range []string{"5.7.1 refused <" + quote + "> for policy", "5.7.1 " + quote} {
			if got := (reply{550, text, false}).stored(sample); got.Code != 550 || got.Text != "5.7.1 "+leftOut {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
	for _, text := range []string{"ȺȺȺȺȺȺ " + strings.ToLower(sample), "refused: " + sample, "4.4.4.4 " + sample} { // Ⱥ is longer in lower case
		if got := withoutLeak(text, sample); got != leftOut {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, innocent := range []string{"", "2.0.0 Ok: queued as 4bXyzz12345", "5.1.1 <ada@example.org>: Recipient address rejected: User unknown in local recipient table"} {
		if got := withoutLeak(innocent, sample); got != innocent {
			t.Errorf("%q became %q", innocent, got)
		}
	}
	if got := (reply{code: 550, text: strings.Repeat("ä", 300) + "\x1b[31m"}).stored(sample); len([]rune(got.Text)) != 200 {
		t.Errorf("%d characters are stored", len([]rune(got.Text)))
	}
}

func TestBareLineBreaksAndDotsNeverLeave(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\r\nb\r\n":              "a\r\nb\r\n",
		"a":                       "a\r\n",
		"a\nb\rc\r\n":             "a\r\nb\r\nc\r\n",
		".\r\n":                   "..\r\n",
		"a\r\n.b\r\n":             "a\r\n..b\r\n",
		"a\n.\r\nMAIL FROM:<x>\n": "a\r\n..\r\nMAIL FROM:<x>\r\n",
		"a\r.\r\n":                "a\r\n..\r\n",
		"a\n.\nb":                 "a\r\n..\r\nb\r\n",
		"..\r\n":                  "...\r\n",
		"\r\r\n":                  "\r\n\r\n",
	} {
		if got := string(stuff([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func keyFile(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "dkim.pem")
	write(t, path, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return path
}

func TestSignatureIsGoodAndTheSameOnRetry(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaPublic, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, record string
	}{
		{keyFile(t, private), "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)},
		{keyFile(t, rsaKey), "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(rsaPublic)},
	} {
		m, server := setup(t, mailtest.Script{}, func(s *Config) { s.DKIM, s.ReplyTo = DKIM{Selector: "rekey", KeyFile: c.file}, "help@example.org" })
		msg := message(t, m)
		for range 2 {
			if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
				t.Fatalf("got %+v", got)
			}
		}
		got := server.WaitFor(2)
		if !bytes.Equal(got[0].Data, got[1].Data) {
			t.Error("a retry has other bytes")
		}
		checkBytes(t, got[0].Data)
		if mailtest.Parse(t, got[0].Data).Password() != sample {
			t.Error("the password is not there")
		}
		verify := func(message []byte) error {
			results, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
				if domain != "rekey._domainkey.example.org" {
					return nil, errors.New("asked for " + domain)
				}
				return []string{c.record}, nil
			}})
			if err != nil || len(results) != 1 {
				t.Fatalf("%d signatures, %v", len(results), err)
			}
			if results[0].Err == nil && !results[0].Time.Equal(sentAt) {
				t.Errorf("signed at %v", results[0].Time)
			}
			return results[0].Err
		}
		if err := verify(got[0].Data); err != nil {
			t.Errorf("the signature is not good: %v", err)
		}
		for name, change := range map[string][]byte{
			"another body":    bytes.Replace(got[0].Data, []byte("Hello"), []byte("Howdy"), 1),
			"another subject": bytes.Replace(got[0].Data, []byte("Subject: Your"), []byte("Subject: My"), 1),
			"another answer":  bytes.Replace(got[0].Data, []byte("Reply-To: help@"), []byte("Reply-To: eve@"), 1),
			"a second From":   bytes.Replace(got[0].Data, []byte("From: "), []byte("From: eve@example.org\r\nFrom: "), 1),
		} {
			if verify(change) == nil {
				t.Errorf("the signature is good for %s", name)
			}
		}
	}
}

func TestKeysThatCannotSignAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "not.pem")
	write(t, path, "not PEM")
	certificate := mailtest.Start(t, mailtest.Script{}).CAFile()
	for _, file := range []string{path, certificate} {
		s := config("127.0.0.1:25")
		s.DKIM = DKIM{Selector: "rekey", KeyFile: file}
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), "dkim.key_file") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
