package app

import (
	"slices"
	"strings"
)

// Nearest returns "; did you mean A or B?" with the known names that a name was
// probably meant to be, or "" if there are none. Upper and lower case, dots,
// hyphens and underscores count as equal.
func Nearest(name string, known []string) string {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(s))
	}
	wanted := plain(name)
	best := 1 + len(wanted)/5 // one slip in a short name, more in a long one
	var near []string
	for _, other := range known {
		d := distance(wanted, plain(other))
		if strings.HasSuffix(plain(other), wanted) && len(wanted) > 2 { // the name of the group was left out
			d = min(d, 1)
		}
		if d < best {
			best, near = d, nil
		}
		if d == best {
			near = append(near, other)
		}
	}
	if len(near) == 0 {
		return ""
	}
	slices.Sort(near)
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// distance is how many letters have to be put in, left out or changed to make b
// of a (Levenshtein).
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
