package form

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// MadeFor is the field of a form with the id of the user whom its page was made for.
const MadeFor = "as"

// maxAhead in bytes is how much of a form ReadMadeFor reads: more than any form has.
const maxAhead = 1 << 20

// ReadMadeFor returns the id of the user whom the page of a form was made for; "" if the
// form does not say. It leaves the body to be read as before.
func ReadMadeFor(r *http.Request) string {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	ahead, err := io.ReadAll(io.LimitReader(r.Body, maxAhead))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(ahead), rest), r.Body}
	fields, _ := url.ParseQuery(string(ahead)) // whoever reads the form reports what is wrong
	return fields.Get(MadeFor)
}

// failing is the end of a body that could not be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
