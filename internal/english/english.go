// Package english puts together texts in which a word depends on another word or
// on a number. What Members read in their own language is in the templates of
// mails and pages, not here.
package english

import (
	"strconv"
	"strings"
)

// A returns a noun with its article: "a manager", "an administrator". It goes by
// the first letter, and knows the words that begin with the sound of "you".
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

// Count returns a number with its noun: "1 run", "2 runs". One and many are the
// forms of the noun, or of all that depends on the number: "line is", "lines are".
func Count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(int64(n), 10) + " " + many
}
