package api

import (
	"encoding/json"
	"net/http"
	"net/url"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

// maxPageBytes is the size limit of a page, about 1 MiB of JSON. A page has at
// least one entry, which may be larger.
const maxPageBytes = 1 << 20

// Paging says which page of a list is wanted.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"The most entries on a page. A page also ends at about 1 MiB."`
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the previous page."`
}

// after returns the id of the entry after which the page begins, "" for the first
// page. list names the list: a cursor belongs to one.
//
// Errors: CodeInvalid for "cursor", if it is not of this list.
func (p Paging) after(list string) (id string, err error) {
	if p.Cursor == "" {
		return "", nil
	}
	id, ok := admin.PlaceOf(list, p.Cursor)
	if !ok {
		return "", rekey.Invalid("cursor", "Send next_cursor from a page of this list, or leave the cursor out for the first page.")
	}
	return id, nil
}

// listed answers with a page of a list. read reads the list from a place on, id
// returns the place of an entry, and wire turns an entry into its form in the API.
func listed[T, W any](p Paging, list string, id func(T) string, wire func(T) W, read func(admin.Place) (admin.Listed[T], error)) (*plain[client.Page[W]], error) {
	after, err := p.after(list)
	if err != nil {
		return nil, err
	}
	found, err := read(admin.Place{After: after, Limit: p.Limit, Uncounted: true})
	if err != nil {
		return nil, err
	}
	page := client.Page[W]{Items: make([]W, 0, len(found.Entries))}
	if found.Next != "" {
		page.NextCursor = admin.Cursor(list, found.Next)
	}
	size := 0
	for i, entry := range found.Entries {
		item := wire(entry)
		if text, err := json.Marshal(item); err == nil { // an error comes back when the answer is written
			size += len(text)
		}
		if i > 0 && size > maxPageBytes {
			page.NextCursor = admin.Cursor(list, id(found.Entries[i-1]))
			break
		}
		page.Items = append(page.Items, item)
	}
	return answer(page, nil)
}

// whole returns a list as its only page.
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
		return rekey.NewError(rekey.CodeMalformed, "The query of the address cannot be read: percent-encode everything except letters and digits, and separate parameters with &.")
	}
	var p rekey.Problems
	for name, values := range query {
		if len(values) > 1 {
			p.Add(name, "Give this parameter once.")
		}
	}
	return p.Err()
}
