package app

import (
	"slices"
	"strings"
)

// mostNear is the most names that Nearest returns: more are no help.
const mostNear = 4

// Nearest returns "; did you mean A or B?" with the known names that are nearest to
// a mistyped name, or "". It ignores case and treats dots, hyphens and underscores
// as equal. A word may be cut short or left out.
func Nearest(name string, known []string) string {
	wanted := wordsOf(name)
	plain := strings.Join(wanted, "")
	best := 1 + len(plain)/5 // one slip in a short name, more in a long one
	var near []string
	for _, other := range known {
		words := wordsOf(other)
		d := distance(plain, strings.Join(words, ""))
		if len(plain) > 2 && beginAll(wanted, words) {
			d = min(d, 1)
		}
		if d < best {
			best, near = d, nil
		}
		if d == best {
			near = append(near, other)
		}
	}
	if len(near) == 0 || len(near) > mostNear {
		return ""
	}
	slices.Sort(near)
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// wordsOf splits a name: "smtp.password_file" has three words.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_.", r) })
}

// beginAll reports whether each word of some is the beginning of a word of others,
// in order: "smtp user" fits "smtp username", and "url" fits "public url".
func beginAll(some, others []string) bool {
	for _, other := range others {
		if len(some) > 0 && strings.HasPrefix(other, some[0]) {
			some = some[1:]
		}
	}
	return len(some) == 0
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}
