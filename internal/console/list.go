package console

import (
	"maps"
	"net/http"
	"net/url"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// pageRows is the number of entries on a page of a list.
const pageRows = 100

// filtersOf returns the parameters of an address that filter a list, without empty
// ones.
func filtersOf(r *http.Request, names ...string) url.Values {
	filters := url.Values{}
	for _, name := range names {
		if value := rekey.TypedText(r.URL.Query().Get(name)); value != "" {
			filters.Set(name, value)
		}
	}
	return filters
}

// place returns the place in a list that an address names. An invalid place means
// the first page.
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

// address joins a path and its query.
func address(path string, query url.Values) string {
	return (&url.URL{Path: path, RawQuery: query.Encode()}).String()
}

// pager links a page of a list to the previous and next page, with the same filters.
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

// totalText is a total in words: "1,240 runs", "more than 10,000 runs".
func totalText(t admin.Total, one, many string) string {
	text := view.Plural(t.N, one, many)
	if t.More {
		return "more than " + text
	}
	return text
}
