package console

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// pageRows is how many entries a page of a list has.
const pageRows = 100

// filtersOf returns those parameters of an address that narrow a list: what is
// empty does not, and is not carried on.
func filtersOf(r *http.Request, names ...string) url.Values {
	filters := url.Values{}
	for _, name := range names {
		if value := strings.TrimSpace(r.URL.Query().Get(name)); value != "" {
			filters.Set(name, value)
		}
	}
	return filters
}

// place is where in a list the page of an address is. An address that no page of
// the list has given out leads to the first page.
func place(r *http.Request) admin.Place {
	p := admin.Place{Limit: pageRows}
	q := r.URL.Query()
	if after, ok := admin.PlaceOf(r.URL.Path, q.Get("after")); ok {
		p.After = after
	} else if before, ok := admin.PlaceOf(r.URL.Path, q.Get("before")); ok {
		p.Before = before
	}
	return p
}

// address is a path with the parameters that are given.
func address(path string, query url.Values) string {
	return (&url.URL{Path: path, RawQuery: query.Encode()}).String()
}

// pager leads from a page of the list at a path to those beside it, with the same
// filters.
func pager[T any](path string, filters url.Values, l admin.Listed[T], one, many string) view.Pager {
	at := func(parameter, place string) string {
		if place == "" {
			return ""
		}
		query := url.Values{parameter: {admin.Cursor(path, place)}}
		maps.Copy(query, filters)
		return address(path, query)
	}
	return view.Pager{Total: totalText(l.Total, one, many), Prev: at("before", l.Previous), Next: at("after", l.Next)}
}

// totalText says how many there are: "1,240 runs", "more than 10,000 runs".
func totalText(t admin.Total, one, many string) string {
	text := view.Plural(t.N, one, many)
	if t.More {
		return "more than " + text
	}
	return text
}
