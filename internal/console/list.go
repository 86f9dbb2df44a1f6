package console

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// The numbers of entries on a page of a list: people choose one of them. A phone
// begins with the smallest.
const (
	pageRows  = 100
	phoneRows = 25
)

var rowChoices = []int{phoneRows, 50, pageRows, 200}

// The parameters of an address that say how a list is shown. They hide no entry.
const (
	sortedBy  = "sort" // a column; with - before it, from the end
	rowsShown = "rows"
)

// narrowed reports whether filters, or a later page, hide entries of a list.
func narrowed(filters url.Values, at admin.Place) bool {
	n := len(filters)
	for _, name := range []string{sortedBy, rowsShown} {
		if filters.Has(name) {
			n--
		}
	}
	return n > 0 || at.After != "" || at.Before != ""
}

// pageSize is the number of entries on a page that a request asks for.
func pageSize(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get(rowsShown))
	switch {
	case err == nil && slices.Contains(rowChoices, n):
		return n
	case strings.Contains(r.UserAgent(), "Mobi"), r.Header.Get("Sec-CH-UA-Mobile") == "?1": // as browsers on phones say
		return phoneRows
	default:
		return pageRows
	}
}

// order is a way to sort a list.
type order struct{ column, label, reverse string }

// sorting reads by which column a list is sorted, and whether from the end. The first
// of the orders is the default.
func sorting(filters url.Values, orders []order) (column string, descending bool) {
	column, descending = strings.CutPrefix(filters.Get(sortedBy), "-")
	if !slices.ContainsFunc(orders, func(o order) bool { return o.column == column }) {
		return orders[0].column, false
	}
	return column, descending
}

// sortFilter is the choice of the order, also for phones, where a table has no head.
func sortFilter(filters url.Values, orders []order) view.Choice {
	choice := view.Choice{Name: sortedBy, Label: "Sort by"}
	for _, o := range orders {
		choice.Options = append(choice.Options, view.Option{Value: o.column, Label: o.label}, view.Option{Value: "-" + o.column, Label: o.reverse})
	}
	column, descending := sorting(filters, orders)
	if descending {
		column = "-" + column
	}
	view.Choose(choice.Options, column)
	return choice
}

// heading is the head of a column: it sorts the list, or turns its order round.
func heading(path string, filters url.Values, orders []order, column, text string) view.Heading {
	at, descending := sorting(filters, orders)
	h, query := view.Heading{Text: text}, maps.Clone(filters)
	query.Set(sortedBy, column)
	if at == column {
		h.Sort = "ascending"
		if descending {
			h.Sort = "descending"
		} else {
			query.Set(sortedBy, "-"+column)
		}
	}
	h.Href = address(path, query)
	return h
}

// filtersOf returns the parameters of an address that filter, sort and cut a list,
// without empty ones.
func filtersOf(r *http.Request, names ...string) url.Values {
	filters := url.Values{}
	for _, name := range append(names, sortedBy, rowsShown) {
		if value := rekey.TypedText(r.URL.Query().Get(name)); value != "" {
			filters.Set(name, value)
		}
	}
	return filters
}

// place returns the place in a list that an address names. An invalid place means
// the first page.
func place(r *http.Request) admin.Place {
	p := admin.Place{Limit: pageSize(r)}
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
func pager[T any](r *http.Request, path string, filters url.Values, l admin.Listed[T], one, many string) view.Pager {
	at := func(parameter, place string) string {
		if place == "" {
			return ""
		}
		query := url.Values{parameter: {admin.Cursor(path, place)}}
		maps.Copy(query, filters)
		return address(path, query)
	}
	p := view.Pager{Total: totalText(l.Total, one, many), Prev: at("before", l.Previous), Next: at("after", l.Next), Shown: filters.Get(rowsShown)}
	if p.Prev == "" && p.Next == "" && len(l.Entries) <= rowChoices[0] {
		return p // all of them are shown anyway
	}
	for _, n := range rowChoices {
		query := maps.Clone(filters)
		query.Set(rowsShown, strconv.Itoa(n))
		p.Rows = append(p.Rows, view.Tab{Text: view.Count(n), Href: address(path, query), Active: n == pageSize(r)})
	}
	return p
}

// totalText is a total in words: "1,240 runs", "more than 10,000 runs".
func totalText(t admin.Total, one, many string) string {
	text := view.Plural(t.N, one, many)
	if t.More {
		return "more than " + text
	}
	return text
}
