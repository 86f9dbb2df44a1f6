package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxQPLine leaves room for the "=" of a soft line break within the 76
	// characters of RFC 2045 §6.7.
	maxQPLine = 75
	// maxWord is the most octets in one encoded word. Base64 makes 52 of 39; with
	// the frame and the longest field name the line stays below 78 (RFC 5322
	// §2.1.1, RFC 2047 §2).
	maxWord = 39
	// maxShownName is the longest reader's name in a message, in octets.
	maxShownName = 400
)

const upperHex = "0123456789ABCDEF"

// appendQP appends s in quoted-printable, beginning at the start of a line.
// Line breaks of s ("\n") become CRLF. No line begins with a dot or "From ", which
// some servers change, and none ends with white space.
func appendQP(dst []byte, s string) []byte {
	column := 0
	for i := range len(s) {
		c := s[i]
		if c == '\n' {
			dst = append(dst, '\r', '\n')
			column = 0
			continue
		}
		plain := c >= ' ' && c < 0x7f && c != '=' || c == '\t'
		switch {
		case (c == ' ' || c == '\t') && (i+1 == len(s) || s[i+1] == '\n'):
			plain = false
		case column == 0 && (c == '.' || c == 'F' && strings.HasPrefix(s[i:], "From ")):
			plain = false
		}
		width := 1
		if !plain {
			width = 3
		}
		if column+width > maxQPLine {
			dst = append(dst, '=', '\r', '\n')
			column = 0
			if c == '.' || c == 'F' {
				plain, width = false, 3
			}
		}
		if plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		}
		column += width
	}
	return dst
}

// appendWords appends s as encoded words (RFC 2047), one a line.
func appendWords(dst []byte, s string) []byte {
	for len(s) > 0 {
		n := min(maxWord, len(s))
		for n < len(s) && n > 1 && !utf8.RuneStart(s[n]) {
			n--
		}
		dst = append(dst, "=?utf-8?B?"...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(s[:n]))
		dst = append(dst, "?="...)
		if s = s[n:]; len(s) > 0 {
			dst = append(dst, "\r\n "...)
		}
	}
	return dst
}

// appendText appends the value of an unstructured field such as Subject.
func appendText(dst []byte, s string) []byte {
	if len(s) <= maxWord && isASCII(s) && !strings.Contains(s, "=?") {
		return append(dst, s...)
	}
	return appendWords(dst, s)
}

// appendMailbox appends a display name and an address (RFC 5322 §3.4). The
// address must be valid; the name may be anything.
func appendMailbox(dst []byte, name, address string) []byte {
	if name == "" {
		return append(dst, address...)
	}
	start := len(dst)
	if len(name) <= maxWord && isASCII(name) && !strings.Contains(name, "=?") {
		dst = append(dst, '"')
		for i := range len(name) {
			if name[i] == '"' || name[i] == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, name[i])
		}
		dst = append(dst, '"')
	} else {
		dst = appendWords(dst, name)
	}
	last := len(dst) - start
	if at := bytes.LastIndexByte(dst[start:], '\n'); at >= 0 {
		last -= at
	}
	if last+len(address) > 66 { // with the field's name, below 78
		dst = append(dst, '\r', '\n')
	}
	dst = append(dst, " <"...)
	dst = append(dst, address...)
	return append(dst, '>')
}

// printable returns s as one line that cannot break or reorder the text around it:
// control characters become spaces; directional overrides and invalid UTF-8 are
// removed.
func printable(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\ufeff':
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		default:
			return r
		}
	}, s))
}

// shownName returns a reader's name for a message: printable and at most
// maxShownName octets.
func shownName(name string) string {
	name = printable(name)
	if len(name) <= maxShownName {
		return name
	}
	n := maxShownName
	for !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n] + "…"
}
