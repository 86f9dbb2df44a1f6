package password

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// product is the product's name, in lower case. No password may contain it.
const product = "rekey"

// Subject is the system user whom a password is for.
type Subject struct {
	FirstName string
	LastName  string
	Address   string
}

// AvoidParts returns the texts that a password of this system user must not
// contain, for Generate. They are the names and the address, whole and split at
// white space and punctuation. Each has four characters or more and is unique, in
// NFC and lower case.
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
