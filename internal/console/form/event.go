package form

import (
	"encoding/json"
	"net/http"
	"strings"
)

// maxEvent in bytes is more than a test event with the most people and data that
// it may have: 1 MiB.
const maxEvent = 1 << 20

// TestEvent is the form of the page where an event is posted by hand.
type TestEvent struct {
	Name string
	// Users are the people whom it names, and Lines says on which line of the
	// text each stands, from 1.
	Users []string
	Lines []int
	Text  string // the users as they were typed
	Data  json.RawMessage
}

// ReadTestEvent reads a TestEvent. White space and commas separate people.
func ReadTestEvent(w http.ResponseWriter, r *http.Request) (TestEvent, error) {
	err := parseUpTo(w, r, maxEvent)
	f := TestEvent{Name: text(r, "name"), Text: r.PostForm.Get("users"), Data: json.RawMessage(code(r, "data"))}
	for i, line := range strings.Split(f.Text, "\n") {
		for _, name := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\r,;", c) }) {
			f.Users, f.Lines = append(f.Users, name), append(f.Lines, i+1)
		}
	}
	return f, err
}
