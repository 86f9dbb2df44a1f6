// Package form reads the forms of the console. It does not check them: the use case
// does.
package form

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"rekey"
)

// maxBody in bytes is more than most of the forms need: 16 KiB.
const maxBody = 16 << 10

// LogIn is the form of the log-in page.
type LogIn struct {
	Address  string
	Password rekey.Secret
	// Next is where to go afterwards, as the page was told. Kept is the seal of a form
	// that was sent without a session. Both may be "" or made up.
	Next, Kept string
}

// Forgot is the form of the forgot-password page.
type Forgot struct {
	Address string
	Next    string // as in LogIn
}

// ChangePassword is the form of the change-password page.
type ChangePassword struct {
	Current rekey.Secret
	New     rekey.Secret
	// Repeated is the new password a second time, if a page without script asked for
	// it.
	Repeated *rekey.Secret
	// Version is the password version that the page was made for; 0 if it does not say.
	Version int64
	Next    string // as in LogIn
}

// SetUp is the form of the set-up page.
type SetUp struct {
	Token     rekey.Secret
	Address   string
	FirstName string
	LastName  string
	Language  string
	TimeZone  string
	New       rekey.Secret
	Repeated  *rekey.Secret
}

// ReadLogIn reads a LogIn. Errors of all: CodeTooLarge, CodeMalformed.
func ReadLogIn(w http.ResponseWriter, r *http.Request) (LogIn, error) {
	err := parse(w, r)
	return LogIn{Address: text(r, "address"), Password: secret(r, "password"), Next: text(r, "next"), Kept: text(r, "kept")}, err
}

// ReadForgot reads a Forgot.
func ReadForgot(w http.ResponseWriter, r *http.Request) (Forgot, error) {
	err := parse(w, r)
	return Forgot{Address: text(r, "address"), Next: text(r, "next")}, err
}

// ReadChangePassword reads a ChangePassword.
func ReadChangePassword(w http.ResponseWriter, r *http.Request) (ChangePassword, error) {
	err := parse(w, r)
	return ChangePassword{
		Current: secret(r, "current_password"), New: secret(r, "new_password"), Repeated: repeated(r),
		Version: version(r), Next: text(r, "next"),
	}, err
}

// ReadSetUp reads a SetUp.
func ReadSetUp(w http.ResponseWriter, r *http.Request) (SetUp, error) {
	err := parse(w, r)
	return SetUp{
		Token: secret(r, "token"), Address: text(r, "address"),
		FirstName: text(r, "first_name"), LastName: text(r, "last_name"),
		Language: text(r, "language"), TimeZone: text(r, "time_zone"),
		New: secret(r, "new_password"), Repeated: repeated(r),
	}, err
}

// CheckRepeated returns an error for "repeated_password" if the two passwords differ.
func CheckRepeated(given rekey.Secret, repeated *rekey.Secret) error {
	if repeated != nil && repeated.Reveal() != given.Reveal() {
		return rekey.Invalid("repeated_password", "The two new passwords differ. Type the same password twice.")
	}
	return nil
}

// ReadAny returns the fields of any form; most is the largest body in bytes.
func ReadAny(w http.ResponseWriter, r *http.Request, most int64) (url.Values, error) {
	if err := parseUpTo(w, r, most); err != nil {
		return nil, err
	}
	return maps.Clone(r.PostForm), nil
}

func parse(w http.ResponseWriter, r *http.Request) error { return parseUpTo(w, r, maxBody) }

// parseUpTo reads a form; most is the largest body in bytes.
func parseUpTo(w http.ResponseWriter, r *http.Request, most int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &rekey.Error{Code: rekey.CodeTooLarge, Message: "That is more than this page accepts.", Cause: err}
	case err != nil:
		return &rekey.Error{Code: rekey.CodeMalformed, Message: "The form cannot be read.", Cause: err}
	}
	return nil
}

// text is a field as rekey.TypedText reads it. It looks only into the body, because
// addresses are kept in histories and logs.
func text(r *http.Request, name string) string { return rekey.TypedText(r.PostForm.Get(name)) }

// code is a field with a condition or JSON, in which each character counts.
func code(r *http.Request, name string) string {
	return strings.TrimSpace(lineEnds.Replace(r.PostForm.Get(name)))
}

// version is the version number that the page has put into its form; 0 if it is none.
func version(r *http.Request) int64 {
	n, _ := strconv.ParseInt(text(r, "version"), 10, 64)
	return n
}

// versionToReplace is the version that a form saves over. A form without one is not
// from our page: it gets -1, the version of nothing, so it replaces nothing.
func versionToReplace(r *http.Request) int64 {
	if n := version(r); n > 0 {
		return n
	}
	return -1
}

// secret is a field as typed: white space may belong to a password.
func secret(r *http.Request, name string) rekey.Secret { return rekey.NewSecret(r.PostForm.Get(name)) }

func repeated(r *http.Request) *rekey.Secret {
	if !r.PostForm.Has("repeated_password") {
		return nil
	}
	again := secret(r, "repeated_password")
	return &again
}

// Theme is the form of the button that switches between light and dark.
type Theme struct{ Theme string }

// ReadTheme reads a Theme.
func ReadTheme(w http.ResponseWriter, r *http.Request) (Theme, error) {
	err := parse(w, r)
	return Theme{text(r, "theme")}, err
}

// MailTest is the form that sends a test message.
type MailTest struct{ Address, Language string }

// ReadMailTest reads a MailTest.
func ReadMailTest(w http.ResponseWriter, r *http.Request) (MailTest, error) {
	err := parse(w, r)
	return MailTest{text(r, "address"), text(r, "language")}, err
}
