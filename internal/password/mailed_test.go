package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"rekey"
)

var errNoKey = errors.New("no such key")

// keys is a PRF with two keys, "2" the primary one.
type keys map[string]string

func (keys) KeyID() string { return "2" }

func (k keys) Compute(id string, data []byte) ([]byte, error) {
	key, found := k[id]
	if !found {
		return nil, errNoKey
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(data)
	return mac.Sum(nil), nil
}

func setupMailed(t testing.TB) (*Mailed, Generated, string) {
	t.Helper()
	m := NewMailed(keys{"1": "old", "2": "new"})
	g, err := Generate(seeded(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := m.Make(g, "delivery-1")
	if err != nil {
		t.Fatal(err)
	}
	return m, g, stored
}

func TestMailedPasswordVerifies(t *testing.T) {
	t.Parallel()
	m, g, stored := setupMailed(t)
	if strings.Contains(stored, g.Reveal()) || !strings.HasPrefix(stored, "hmac-sha256$2$") {
		t.Fatalf("stored %q", stored)
	}
	for _, pasted := range []string{
		g.Reveal(), " " + g.Reveal(), g.Reveal() + "\r\n", "\t\u00a0" + g.Reveal() + "\u200b\u2028", "\ufeff" + g.Reveal(),
		strings.ReplaceAll(g.Reveal(), "-", ""), strings.Replace(g.Reveal(), "-", "-\r\n", 1), "“" + strings.ReplaceAll(g.Reveal(), "-", "–") + "”.",
	} {
		if ok, err := m.Verify(stored, rekey.NewSecret(pasted), "delivery-1"); err != nil || !ok {
			t.Errorf("%q: %t %v", pasted, ok, err)
		}
	}
	for _, wrong := range []string{
		"", "x", strings.ToLower(g.Reveal()), g.Reveal() + "x", g.Reveal()[1:], "x" + g.Reveal()[1:],
	} {
		if ok, err := m.Verify(stored, rekey.NewSecret(wrong), "delivery-1"); err != nil || ok {
			t.Errorf("%q: %t %v", wrong, ok, err)
		}
	}
}

func TestMailedVerifierIsBoundToItsDelivery(t *testing.T) {
	t.Parallel()
	m, g, stored := setupMailed(t)
	for _, other := range []string{"", "delivery-2", "delivery-1" + g.Reveal()[:1]} {
		if ok, err := m.Verify(stored, g.Secret(), other); err != nil || ok {
			t.Errorf("%q: %t %v", other, ok, err)
		}
	}
	// The boundary between id and password is part of what is hashed.
	if ok, err := m.Verify(stored, rekey.NewSecret("1"+g.Reveal()), "delivery-"); err != nil || ok {
		t.Errorf("moved boundary: %t %v", ok, err)
	}
}

func TestVerifierOfAnEarlierVersionStillVerifies(t *testing.T) {
	t.Parallel()
	m, g, _ := setupMailed(t)
	sum, err := m.compute("2", g.Reveal(), "delivery-1")
	if err != nil {
		t.Fatal(err)
	}
	earlier := mailedScheme + "$2$" + base64.RawStdEncoding.EncodeToString(sum)
	if ok, err := m.Verify(earlier, g.Secret(), "delivery-1"); err != nil || !ok {
		t.Errorf("the password itself: %t %v", ok, err)
	}
	if ok, err := m.Resembles(earlier, g.Secret(), "delivery-1"); err != nil || !ok {
		t.Errorf("resembles itself: %t %v", ok, err)
	}
}

func TestMailedVerifierKeepsToTheKeyItNames(t *testing.T) {
	t.Parallel()
	m, g, stored := setupMailed(t)
	retired := NewMailed(keys{"2": "new", "3": "newer"})
	if ok, err := retired.Verify(stored, g.Secret(), "delivery-1"); err != nil || !ok {
		t.Errorf("with a retired key: %t %v", ok, err)
	}
	if id, err := MailedKeyID(stored); err != nil || id != "2" {
		t.Errorf("key id %q %v", id, err)
	}
	moved := strings.Replace(stored, "$2$", "$1$", 1)
	if ok, err := m.Verify(moved, g.Secret(), "delivery-1"); err != nil || ok {
		t.Errorf("under another key: %t %v", ok, err)
	}
}

func TestMissingKeyIsNotAWrongPassword(t *testing.T) {
	t.Parallel()
	_, g, stored := setupMailed(t)
	if _, err := NewMailed(keys{"1": "old"}).Verify(stored, g.Secret(), "delivery-1"); !errors.Is(err, errNoKey) {
		t.Fatal(err)
	}
}

func TestMailedRefusesNoPassword(t *testing.T) {
	t.Parallel()
	if _, err := NewMailed(keys{"2": "new"}).Make(Generated{}, "delivery-1"); !errors.Is(err, ErrNotGenerated) {
		t.Fatal(err)
	}
}

func FuzzMailedVerifier(f *testing.F) {
	_, _, stored := setupMailed(f)
	f.Add(stored)
	for _, bad := range []string{
		"", "$", "$$", "hmac-sha256", "hmac-sha256$2", "hmac-sha256$$" + strings.Repeat("A", 43), "hmac-sha256$2$", "hmac-sha1$2$" + strings.Repeat("A", 43),
		stored + "=", stored + "\n", stored + "$", strings.Replace(stored, "$2$", "$2$\n", 1), stored[:len(stored)-1],
	} {
		if _, _, err := parseMailed(bad); !errors.Is(err, ErrMalformed) {
			f.Errorf("%q: %v", bad, err)
		}
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, sum, err := parseMailed(text)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if again := mailedScheme + "$" + id + "$" + base64.RawStdEncoding.EncodeToString(sum); again != text {
			t.Fatalf("%q is a second spelling of %q", text, again)
		}
	})
}

func BenchmarkMailed(b *testing.B) {
	m, g, stored := setupMailed(b)
	b.Run("Make", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.Make(g, "delivery-1"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if ok, err := m.Verify(stored, g.Secret(), "delivery-1"); err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
	})
}
