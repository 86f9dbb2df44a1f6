package console

import (
	"cmp"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLocalPath is the length, in bytes, of the longest path that is followed.
const maxLocalPath = 2000

// localPath returns a path of this console with its query; "" for anything else. A
// browser must not be led to another site, so a path that browsers may read in another
// way is refused, too: with a backslash, a control character, "//" or "..".
func localPath(text string) string {
	if len(text) > maxLocalPath || !strings.HasPrefix(text, "/") || strange(text) {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strange(u.Path) {
		return ""
	}
	if clean := path.Clean(u.Path); u.Path != clean && u.Path != clean+"/" {
		return ""
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}

// strange reports what no path of ours has.
func strange(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r == '\\' || unicode.IsControl(r) })
}

// cameFrom is the path of the page that a form was sent from; "/" if unknown.
func cameFrom(r *http.Request) string {
	return cmp.Or(localPath(r.PostForm.Get("from")), "/")
}

// nextOf returns where to go after the log-in: a local path, "" for the start.
func nextOf(text string) string {
	next := localPath(text)
	if page, _, _ := strings.Cut(next, "?"); page == "/" || page == logInPath || page == "/logout" {
		return ""
	}
	return next
}

// with returns a local path with parameters added to its query, names and values in
// turn. It leaves out empty values.
func with(local string, parameters ...string) string {
	u, err := url.Parse(local)
	if err != nil {
		return local // localPath has parsed it
	}
	query := u.Query()
	for pair := range slices.Chunk(parameters, 2) {
		if name, value := pair[0], pair[1]; value != "" {
			query.Set(name, value)
			u.RawQuery = query.Encode()
		}
	}
	return u.String()
}
