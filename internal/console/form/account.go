package form

import "net/http"

// EndSession is the form that ends sessions: one by its id, or "others".
type EndSession struct{ Session string }

// ReadEndSession reads an EndSession.
func ReadEndSession(w http.ResponseWriter, r *http.Request) (EndSession, error) {
	err := parse(w, r)
	return EndSession{text(r, "session")}, err
}

// Shortcuts is the form that switches single keys on and off.
type Shortcuts struct{ On bool }

// ReadShortcuts reads a Shortcuts.
func ReadShortcuts(w http.ResponseWriter, r *http.Request) (Shortcuts, error) {
	err := parse(w, r)
	return Shortcuts{text(r, "shortcuts") != "off"}, err
}
