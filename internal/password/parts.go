package password

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// product is the product's name as no password may contain it, in lower case.
const product = "rekey"

// Subject is the system user whom a password is for.
type Subject struct {
	FirstName string
	LastName  string
	Address   string
}

// AvoidParts returns what a password for this system user must not contain:
// the names and the address, whole and in the parts that white space and
// punctuation make of them, as far as they have four characters or more; NFC,
// lower case, each once. Hand it to Generate.
func AvoidParts(firstName, lastName, address string) []string {
	var parts []string
	add := func(part string) {
		if utf8.RuneCountInString(part) >= minPart && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	local, domain, _ := strings.Cut(address, "@")
	for _, text := range []string{firstName, lastName, local, domain} {
		text = fold(strings.TrimSpace(text))
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
			add(part)
		}
		add(text)
	}
	return parts
}

// avoid returns AvoidParts of the subject.
func (s Subject) avoid() []string { return AvoidParts(s.FirstName, s.LastName, s.Address) }
