package plaintext_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"rekey/internal/plaintext"
)

const secret = "abcdef-GHJKLM-npqrst-234567"

func TestAPasswordIsFoundInEveryForm(t *testing.T) {
	t.Parallel()
	s := plaintext.New(map[string]string{secret: "ada"})
	for name, text := range map[string]string{
		"as it is":        "x" + secret + "y",
		"without hyphens": "xabcdefGHJKLMnpqrst234567",
		"hex":             hex.EncodeToString([]byte("..." + secret)),
		"hex in capitals": strings.ToUpper(hex.EncodeToString([]byte("..." + secret))),
		"base64":          base64.StdEncoding.EncodeToString([]byte(secret + ".")),
		"base64 alone":    base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 1":        base64.StdEncoding.EncodeToString([]byte("1" + secret + "...")),
		"base64 2":        base64.StdEncoding.EncodeToString([]byte("12" + secret + "...")),
		"UTF-16, little":  wide(secret, 0),
		"UTF-16, big":     wide(secret, 1),
	} {
		if s.In([]byte(text)) != "ada" {
			t.Errorf("%s: not found", name)
		}
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "file"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.Files(folder) == nil {
			t.Errorf("%s: not found in the file", name)
		}
	}
	if s.In([]byte("abcdef-GHJKLM-npqrst-234568")) != "" {
		t.Error("another password is taken for this one")
	}
}

func TestAPasswordAcrossTwoPartsOfALargeFileIsFound(t *testing.T) {
	t.Parallel()
	s := plaintext.New(map[string]string{secret: "ada"})
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	for _, at := range []int{1<<20 - 40, 1<<20 - 1, 1 << 20, 1<<20 + 40, 3 << 20} {
		text := strings.Repeat("x", at) + secret + strings.Repeat("y", 100)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.Files(folder) == nil {
			t.Errorf("not found after %d bytes", at)
		}
	}
}

// wide is a text in UTF-16, with the byte that is not zero first or second.
func wide(text string, at int) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := [2]byte{}
		pair[at] = byte(unit)
		b.Write(pair[:])
	}
	return b.String()
}
