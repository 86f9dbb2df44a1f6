// Package english builds English texts in which a word depends on another word or
// on a number. Translated texts are in the templates of mails and pages.
package english

import (
	"strconv"
	"strings"
	"time"
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

// Duration returns about how long d is, in one unit: "90 seconds", "7 minutes", "2 days".
func Duration(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < 2*time.Minute:
		return Count(int64(d.Round(time.Second)/time.Second), "second", "seconds")
	case d < 2*time.Hour:
		return Count(int64(d.Round(time.Minute)/time.Minute), "minute", "minutes")
	case d < 48*time.Hour:
		return Count(int64(d.Round(time.Hour)/time.Hour), "hour", "hours")
	default:
		return Count(int64(d/(24*time.Hour)), "day", "days")
	}
}
