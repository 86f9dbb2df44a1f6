package mail

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
)

// leftOut replaces the text of a reply that quotes a password (I5).
const leftOut = "[left out: it quotes the password]"

// beginning finds the enhanced status (RFC 3463) at the beginning of a reply.
var beginning = regexp.MustCompile(`^\s*[245]\.\d{1,3}\.\d{1,3} `)

// withoutLeak returns the text of a reply or, if it quotes the secret, only its
// enhanced status and leftOut.
func withoutLeak(text, secret string) string {
	if !quotes(text, secret) {
		return text
	}
	return beginning.FindString(text) + leftOut
}

// The number of common characters in a row that count as a quotation: of the secret
// itself, of its hexadecimal form, and of its base64 form.
const (
	plainWindow  = 4
	hexWindow    = 2 * plainWindow
	base64Window = 6
)

var (
	softBreak = regexp.MustCompile(`=\s+`)               // of quoted-printable
	escape    = regexp.MustCompile(`[=%][0-9A-Fa-f]{2}`) // of quoted-printable, and in addresses of the web
)

// quotes reports whether a text quotes a secret or a few of its characters in a row,
// in any case and even with white space in between: plain, escaped, in hexadecimal,
// or in base64 at any offset.
func quotes(text, secret string) bool {
	if len(secret) < plainWindow {
		return secret != "" && strings.Contains(text, secret)
	}
	plain := text
	if strings.ContainsAny(text, "=%") {
		text = softBreak.ReplaceAllString(text, "")
		plain = escape.ReplaceAllStringFunc(text, func(code string) string {
			decoded, _ := hex.DecodeString(code[1:]) // two digits, as the pattern says
			return string(decoded)
		})
	}
	bare := strings.ReplaceAll(secret, "-", "")
	text = without(text, " ")
	return share(strings.ToLower(without(plain, " -")), strings.ToLower(bare), plainWindow) ||
		share(strings.ToLower(text), hex.EncodeToString([]byte(secret+"\n"+bare)), hexWindow) ||
		share(text, inBase64(secret)+inBase64(bare), base64Window)
}

// without removes control characters and the given characters.
func without(text, characters string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(characters, r) {
			return -1
		}
		return r
	}, text)
}

// share reports whether two texts have n characters in a row in common.
func share(text, other string, n int) bool {
	for i := 0; i+n <= len(text); i++ {
		if strings.Contains(other, text[i:i+n]) {
			return true
		}
	}
	return false
}

// inBase64 returns the secret in base64 at each of the three possible offsets. It
// leaves out the characters at both ends that depend on the text around the secret.
// The URL alphabet needs no extra form: it differs only in two characters, which
// letters and digits do not produce.
func inBase64(secret string) string {
	var all strings.Builder
	for offset, start := range []int{0, 2, 3} {
		encoded := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:offset] + secret))
		all.WriteString(encoded[start:(offset+len(secret))*8/6] + "\n")
	}
	return all.String()
}
