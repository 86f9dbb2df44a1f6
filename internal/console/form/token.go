package form

import "net/http"

// Token is the form that creates a token.
type Token struct{ Name, Days string }

// ReadToken reads a Token.
func ReadToken(w http.ResponseWriter, r *http.Request) (Token, error) {
	err := parse(w, r)
	return Token{Name: text(r, "name"), Days: text(r, "expires_in_days")}, err
}

// ReadCount reads the number that the user typed to confirm something.
func ReadCount(w http.ResponseWriter, r *http.Request) (string, error) {
	err := parse(w, r)
	return text(r, "count"), err
}

// ReadVersion reads the version that the user has seen of the record to change; 0 if
// the form has none.
func ReadVersion(w http.ResponseWriter, r *http.Request) (int64, error) {
	err := parse(w, r)
	return version(r), err
}

// ReadReason reads the reason for an action; "" if none was given.
func ReadReason(w http.ResponseWriter, r *http.Request) (string, error) {
	err := parse(w, r)
	return text(r, "reason"), err
}
