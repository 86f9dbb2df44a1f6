package password

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// product is the product's name, in lower case. No password may contain it.
const product = "rekey"

// productName is the product's name as people read it.
const productName = "Rekey"

// Subject is the system user whom a password is for, and the system that it opens.
type Subject struct {
	FirstName string
	LastName  string
	Address   string
	// System is the name of the installation; "" is the product's.
	System string
}

// systemName is the name of the installation for people. A name shorter than four
// characters occurs in too many passwords, so the product's takes its place.
func (s Subject) systemName() string {
	if name := strings.TrimSpace(s.System); utf8.RuneCountInString(name) >= minPart {
		return name
	}
	return productName
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

// avoid returns AvoidParts of the subject, and the name of the system with and without
// its blanks.
func (s Subject) avoid() []string {
	name := fold(s.systemName())
	return append(AvoidParts(s.FirstName, s.LastName, s.Address), name, strings.Join(strings.Fields(name), ""))
}
