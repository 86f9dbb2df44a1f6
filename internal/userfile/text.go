package userfile

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	encoding "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"rekey"
)

// readText reads a whole file and returns it in UTF-8, with line ends as "\n". Without a
// byte order mark a file must be in UTF-8: the older encodings cannot be told apart,
// and the wrong one would give wrong letters.
func readText(in io.Reader) (string, error) {
	content, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return "", &rekey.Error{Code: rekey.CodeMalformed, Message: "The file could not be read completely.", Cause: err}
	}
	if len(content) > MaxBytes {
		return "", ErrTooLarge
	}
	if kind := kindOf(content); kind != "" {
		return "", bad(1, "This is "+kind+", not text. Save the sheet as “CSV UTF-8” and choose that file.")
	}
	text := Text(content)
	if at, problem := unreadableAt(text); at > 0 {
		return "", bad(at, problem)
	}
	return text, nil
}

// kindOf recognises files that are often chosen in place of CSV, by their first bytes;
// "" for all others.
func kindOf(content []byte) string {
	for begins, kind := range map[string]string{
		"PK\x03\x04":                       "a workbook of Excel or LibreOffice, or another ZIP file",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a workbook of an older Excel",
		"%PDF-":                            "a PDF file",
		"\x1f\x8b":                         "a compressed file",
	} {
		if bytes.HasPrefix(content, []byte(begins)) {
			return kind
		}
	}
	return ""
}

// Text returns the text of a file, of whose lines errors tell the numbers. A byte order
// mark says the encoding; UTF-8 is passed on as it is, valid or not.
func Text(content []byte) string {
	text, _, err := transform.Bytes(encoding.BOMOverride(transform.Nop), content)
	if err != nil { // it replaces what it cannot read, and fails at nothing
		text = content
	}
	return lineEnds(string(text))
}

// lineEnds turns the line ends of Windows and of old Macs into "\n". Some programs of
// Windows write "\r\r\n".
func lineEnds(text string) string {
	if !strings.Contains(text, "\r") {
		return text
	}
	return strings.NewReplacer("\r\r\n", "\n", "\r\n", "\n", "\r", "\n").Replace(text)
}

// unreadableAt returns the number of the first line that is no text, from 1, and what
// would be right; 0 if there is none.
func unreadableAt(text string) (number int, problem string) {
	const save = "Save the file as “CSV UTF-8”."
	if utf8.ValidString(text) && !strings.ContainsAny(text, "\x00\ufffd") {
		return 0, ""
	}
	for line := range strings.Lines(text) {
		number++
		switch {
		case strings.Contains(line, "\x00"):
			return number, "This is not UTF-8: it has NUL characters. " + save
		case !utf8.ValidString(line):
			return number, "This is not UTF-8, but perhaps Windows-1252 or another older encoding. " + save
		case strings.ContainsRune(line, utf8.RuneError):
			return number, "A letter of this line was lost when the file was saved: it is now the character U+FFFD. Correct it, and save the file as “CSV UTF-8”."
		}
	}
	return number, ""
}

// separatorLine is a first line such as "sep=;", with which Excel names the separator.
var separatorLine = regexp.MustCompile(`(?i)^[ "]*sep=([^\n"a-z0-9])[ ",;\t|]*(\n|$)`)

// notes are first lines that programs write above the names of the columns: those of
// PowerShell and of the templates of Microsoft Entra.
var notes = regexp.MustCompile(`(?i)^"?(#TYPE |version:v)[^\n]*(\n|$)`)

// divided returns the records of a text. The separator is that of the first line, or
// the one of ",", ";", tab and "|" that is most frequent in the names of the columns.
func divided(text string) *records {
	r := &records{rest: text, line: 1}
	if first := separatorLine.FindStringSubmatch(r.rest); first != nil {
		r.comma = first[1]
		r.skip(len(first[0]))
	}
	r.skip(len(notes.FindString(r.rest)))
	if r.comma == "" {
		r.comma = mostFrequent(r.rest)
	}
	return r
}

// mostFrequent returns the separator of the first line with text in it. What stands in
// quotation marks does not count.
func mostFrequent(text string) string {
	counts, quoted, blank := map[rune]int{}, false, true
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune(",;\t|", r):
			counts[r]++
			continue
		case r == '\n' && !blank:
			return most(counts)
		case r == '\n': // a line of separators
			clear(counts)
		}
		blank = blank && unicode.IsSpace(r)
	}
	return most(counts)
}

func most(counts map[rune]int) string {
	best := ','
	for _, r := range ";\t|" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return string(best)
}
