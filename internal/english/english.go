// Package english builds English texts in which a word depends on another word or
// on a number. Translated texts are in the templates of mails and pages.
package english

import (
	"strconv"
	"strings"
)

// A returns a noun with its article: "a manager", "an administrator". It decides by
// the first letter, and knows words that begin with the sound of "you".
func A(noun string) string {
	lower := strings.ToLower(noun)
	if lower == "" || !strings.ContainsRune("aeiou", rune(lower[0])) {
		return "a " + noun
	}
	for _, begins := range []string{"us", "uni", "uuid", "one", "eu"} {
		if strings.HasPrefix(lower, begins) {
			return "a " + noun
		}
	}
	return "an " + noun
}

// Count returns a number with its noun: "1 run", "2 runs". one and many are the
// singular and plural of the noun and what follows it: "line is", "lines are".
func Count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(int64(n), 10) + " " + many
}
