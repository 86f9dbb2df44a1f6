package store

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// A statement over many rows takes the values that differ from row to row in one
// argument: a JSON array of arrays. querier.rowsOf makes rows of it again. Values
// that all rows share are separate arguments, because reading them from JSON costs
// time.

// column is a column of these rows.
type column struct {
	name string
	kind kind
}

// kind is the type of a column.
type kind int

const (
	text kind = iota
	integer
	binary // hexadecimal within JSON
)

// rowset builds such an argument.
type rowset struct {
	json    []byte
	columns int // of the row that is being added
}

// row begins the next row.
func (r *rowset) row() *rowset {
	if r.json == nil {
		r.json = append(make([]byte, 0, 1<<14), '[')
	} else {
		r.json = append(r.json, ']', ',')
	}
	r.json, r.columns = append(r.json, '['), 0
	return r
}

func (r *rowset) next() {
	if r.columns > 0 {
		r.json = append(r.json, ',')
	}
	r.columns++
}

func (r *rowset) text(s string) *rowset {
	r.next()
	if !plain(s) {
		quoted, _ := json.Marshal(s) // strings always marshal
		r.json = append(r.json, quoted...)
		return r
	}
	r.json = append(append(append(r.json, '"'), s...), '"')
	return r
}

func (r *rowset) integer(n int64) *rowset {
	r.next()
	r.json = strconv.AppendInt(r.json, n, 10)
	return r
}

// binary adds bytes; nil becomes NULL.
func (r *rowset) binary(b []byte) *rowset {
	r.next()
	if b == nil {
		r.json = append(r.json, "null"...)
		return r
	}
	r.json = append(r.json, '"')
	r.json = append(hex.AppendEncode(r.json, b), '"')
	return r
}

// argument returns the rows as the argument of a statement.
func (r *rowset) argument() string {
	if r.json == nil {
		return "[]"
	}
	return string(append(r.json, ']', ']'))
}

// plain reports whether a text needs no escaping in JSON.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// grouped groups a list by key, in the order in which the keys first appear.
// Usually all keys are equal, and then nothing is copied.
func grouped[T any, K comparable](list []T, key func(*T) K) (keys []K, groups map[K][]T) {
	groups = map[K][]T{}
	same := 0
	for same < len(list) && key(&list[same]) == key(&list[0]) {
		same++
	}
	if same > 0 {
		first := key(&list[0])
		keys, groups[first] = append(keys, first), list[:same:same]
	}
	for i := same; i < len(list); i++ {
		k := key(&list[i])
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], list[i])
	}
	return keys, groups
}
