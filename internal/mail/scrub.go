package mail

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

const (
	scrubbed = "[redacted]"
	// plainWindow is how many characters of a secret in a row are taken for a
	// quotation of it; encodedWindow the same of its encodings.
	plainWindow   = 4
	encodedWindow = 6
)

// scrub replaces whatever text quotes of the secret: all of it or four
// characters in a row, in any case, with line breaks, spaces or
// quoted-printable's soft breaks in between, as it is or in quoted-printable
// or percent escapes, hexadecimal, or base64 at any offset.
func scrub(text, secret string) string {
	if text == "" || len(secret) < plainWindow || !mayQuote(text, secret) {
		return text
	}
	return scrubWhole(text, secret)
}

func scrubWhole(text, secret string) string {
	hit := make([]bool, len(text))
	bare := strings.ReplaceAll(secret, "-", "")

	plain, at := squeeze(text)
	mark(hit, folded(plain), at, strings.ToLower(secret+"\x00"+bare), plainWindow)

	raw, at := strip(text)
	mark(hit, folded(raw), at, hex.EncodeToString([]byte(secret))+"\x00"+hex.EncodeToString([]byte(bare)), 2*plainWindow)
	mark(hit, raw, at, base64Needles(secret)+base64Needles(bare), encodedWindow)

	return redact(text, hit)
}

// folded is a text with ASCII letters in lower case: as long as before, whatever
// the mail server says.
func folded(text string) string {
	out := []byte(text)
	for i, c := range out {
		out[i] = fold(c)
	}
	return string(out)
}

// mark marks every window of text that occurs in needles; at says where each
// byte of text stood.
func mark(hit []bool, text string, at []int, needles string, window int) {
	for i := 0; i+window <= len(text); i++ {
		if !strings.Contains(needles, text[i:i+window]) {
			continue
		}
		for j := at[i]; j <= at[i+window-1]; j++ {
			hit[j] = true
		}
	}
}

// squeeze leaves out white space and soft line breaks and decodes =XX and %XX.
// NUL, which separates the needles, is left out as well.
func squeeze(text string) (string, []int) {
	out, at := make([]byte, 0, len(text)), make([]int, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c <= ' ':
			continue
		case (c == '=' || c == '%') && i+2 < len(text):
			if b, err := hex.DecodeString(text[i+1 : i+3]); err == nil {
				out, at = append(out, b[0]), append(at, i)
				i += 2
				continue
			}
			if text[i+1] <= ' ' {
				continue
			}
		case c == '=' && (i+1 == len(text) || text[i+1] <= ' '):
			continue
		}
		out, at = append(out, c), append(at, i)
	}
	return string(out), at
}

// strip leaves out white space only.
func strip(text string) (string, []int) {
	out, at := make([]byte, 0, len(text)), make([]int, 0, len(text))
	for i := range len(text) {
		if text[i] > ' ' {
			out, at = append(out, text[i]), append(at, i)
		}
	}
	return string(out), at
}

// base64Needles are the encodings of a secret at each of the three offsets it
// can have in what was encoded, without the characters at the ends that depend
// on what stands beside it.
func base64Needles(secret string) string {
	var b strings.Builder
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			encoded := encoding.EncodeToString([]byte("\x00\x00"[:offset] + secret))
			start := []int{0, 2, 3}[offset]
			end := len(encoded)
			if (offset+len(secret))%3 != 0 {
				end--
			}
			b.WriteString(encoded[start:end])
			b.WriteByte(0)
		}
	}
	return b.String()
}

func redact(text string, hit []bool) string {
	var b strings.Builder
	start := 0
	for i := 0; i < len(text); i++ {
		if !hit[i] {
			continue
		}
		b.WriteString(text[start:i])
		b.WriteString(scrubbed)
		for i < len(text) && hit[i] {
			i++
		}
		start = i
	}
	if start == 0 && b.Len() == 0 {
		return text
	}
	b.WriteString(text[start:])
	return b.String()
}
