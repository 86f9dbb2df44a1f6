package form

import "net/http"

// Token is the form that creates a token.
type Token struct{ Name, Days string }

// ReadToken reads a Token.
func ReadToken(w http.ResponseWriter, r *http.Request) (Token, error) {
	err := parse(w, r)
	return Token{Name: text(r, "name"), Days: text(r, "expires_in_days")}, err
}

// ReadVersion reads the version that somebody has seen of what they are about to
// change; 0 if they did not say.
func ReadVersion(w http.ResponseWriter, r *http.Request) (int64, error) {
	err := parse(w, r)
	return version(r), err
}

// ReadReason reads why something is done; "" if nobody said.
func ReadReason(w http.ResponseWriter, r *http.Request) (string, error) {
	err := parse(w, r)
	return text(r, "reason"), err
}
