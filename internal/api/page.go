package api

import (
	"encoding/json"
	"net/http"
	"net/url"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

// maxPageBytes is about how much of a list one answer holds: 1 MiB of JSON. A page
// ends before the entry with which it would be longer, but has one entry at least.
const maxPageBytes = 1 << 20

// Paging is which part of a list is asked for.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most. A page also ends at about 1 MiB."`
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before."`
}

// ask is how many to ask for: one more than wanted tells whether there is a
// page that follows.
func (p Paging) ask() int { return min(p.Limit+1, admin.MaxPage) }

// after returns the id of the entry after which the page begins, "" for the first
// page. list names the list: a cursor belongs to one.
//
// Errors: CodeInvalid for "cursor", which no page has given out.
func (p Paging) after(list string) (id string, err error) {
	if p.Cursor == "" {
		return "", nil
	}
	id, ok := admin.PlaceOf(list, p.Cursor)
	if !ok {
		return "", rekey.Invalid("cursor", "Send next_cursor as a page of this list gave it, or leave the cursor out to begin with the first page.")
	}
	return id, nil
}

// pageOf makes a page of what was found by asking for p.ask(). more says that
// more follows than was found, where the list was not read to p.ask().
func pageOf[T, W any](p Paging, list string, found []T, more bool, id func(T) string, wire func(T) W) client.Page[W] {
	page := client.Page[W]{Items: make([]W, 0, min(len(found), p.Limit))}
	size := 0
	for i, entry := range found {
		item := wire(entry)
		if text, err := json.Marshal(item); err == nil { // else the whole answer cannot be written either
			size += len(text)
		}
		if i == p.Limit || i > 0 && size > maxPageBytes {
			page.NextCursor = admin.Cursor(list, id(found[i-1]))
			return page
		}
		page.Items = append(page.Items, item)
	}
	// Where the longest page is full there may be none that follows, and the last
	// page is empty.
	if n := len(found); n > 0 && (more || n == admin.MaxPage) {
		page.NextCursor = admin.Cursor(list, id(found[n-1]))
	}
	return page
}

// whole is a list that has one page.
func whole[T, W any](found []T, wire func(T) W) client.Page[W] {
	items := make([]W, len(found))
	for i, item := range found {
		items[i] = wire(item)
	}
	return client.Page[W]{Items: items}
}

// checkQuery refuses a query that cannot be read, or that gives a parameter twice.
func checkQuery(r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return rekey.NewError(rekey.CodeMalformed, "The query of the address cannot be read: percent-encode what is not a letter or a digit, and divide parameters by &.")
	}
	var p rekey.Problems
	for name, values := range query {
		if len(values) > 1 {
			p.Add(name, "Give this parameter once.")
		}
	}
	return p.Err()
}
