package mail

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Nearly every reply quotes nothing, and finding that out takes a tenth of what
// scrub takes: text quotes of a secret only if enough pairs of characters in a
// row are pairs of the secret's as well.

// pairs are the pairs of characters that occur in something.
type pairs [64]uint64

func pairOf(a, b byte) uint { return uint(a&63)<<6 | uint(b&63) }

func (p *pairs) add(text []byte) {
	for i := 1; i < len(text); i++ {
		n := pairOf(text[i-1], text[i])
		p[n>>6] |= 1 << (n & 63)
	}
}

func (p *pairs) has(a, b byte) bool {
	n := pairOf(a, b)
	return p[n>>6]&(1<<(n&63)) != 0
}

// quotable is the longest secret that mayQuote looks for; it is longer than any
// that is mailed.
const quotable = 36

// mayQuote reports whether scrub might find anything of the secret. It may say
// so of what quotes nothing.
func mayQuote(text, secret string) bool {
	if len(secret) > quotable || strings.ContainsAny(text, "=%") {
		return true
	}
	var plain, inHex, inBase64 pairs
	var bare [quotable]byte
	n := 0
	for i := range len(secret) {
		if secret[i] != '-' {
			bare[n] = secret[i]
			n++
		}
	}
	for _, quoted := range [][]byte{[]byte(secret), bare[:n]} {
		addFolded(&plain, quoted)
		addHex(&inHex, quoted)
		addBase64(&inBase64, quoted)
	}
	var inRow [3]int // pairs of the text
	last := byte(0)
	for i := range len(text) {
		c := text[i]
		if c <= ' ' {
			continue
		}
		if last != 0 {
			rowOf(&inRow[0], plain.has(fold(last), fold(c)))
			rowOf(&inRow[1], inHex.has(fold(last), fold(c)))
			rowOf(&inRow[2], inBase64.has(standard(last), standard(c)))
		}
		if last = c; inRow[0] >= plainWindow-1 || inRow[1] >= 2*plainWindow-1 || inRow[2] >= encodedWindow-1 {
			return true
		}
	}
	return false
}

func rowOf(inRow *int, one bool) {
	if one {
		*inRow++
	} else {
		*inRow = 0
	}
}

func addFolded(p *pairs, secret []byte) {
	var folded [quotable]byte
	for i, c := range secret {
		folded[i] = fold(c)
	}
	p.add(folded[:len(secret)])
}

func addHex(p *pairs, secret []byte) {
	var encoded [2 * quotable]byte
	p.add(encoded[:hex.Encode(encoded[:], secret)])
}

// addBase64 adds the encodings at each offset, in the standard alphabet.
func addBase64(p *pairs, secret []byte) {
	var shifted [quotable + 2]byte
	var encoded [(quotable + 2 + 2) / 3 * 4]byte
	for offset := range 3 {
		n := copy(shifted[offset:], secret) + offset
		base64.RawStdEncoding.Encode(encoded[:], shifted[:n])
		p.add(encoded[:base64.RawStdEncoding.EncodedLen(n)])
		shifted = [quotable + 2]byte{}
	}
}

// standard is a character of base64 in the standard alphabet.
func standard(c byte) byte {
	switch c {
	case '-':
		return '+'
	case '_':
		return '/'
	default:
		return c
	}
}

// fold is an ASCII letter in lower case, and any other byte as it is.
func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
