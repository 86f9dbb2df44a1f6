package api

import (
	"rekey/client"
	"rekey/internal/admin"
)

// Paging is which part of a list is asked for.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before."`
}

// ask is how many to ask for: one more than wanted tells whether there is a
// page that follows.
func (p Paging) ask() int { return min(p.Limit+1, admin.MaxPage) }

// pageOf makes a page of what was found by asking for p.ask(). Cursors are ids,
// in the order of which lists are read. Where the longest page is full there
// may be none that follows, and the last page empty.
func pageOf[T, W any](p Paging, found []T, id func(T) string, wire func(T) W) client.Page[W] {
	var next string
	switch {
	case len(found) > p.Limit:
		found = found[:p.Limit]
		next = id(found[p.Limit-1])
	case len(found) == admin.MaxPage:
		next = id(found[admin.MaxPage-1])
	}
	items := make([]W, len(found))
	for i, item := range found {
		items[i] = wire(item)
	}
	return client.Page[W]{Items: items, NextCursor: next}
}

// whole is a list that has one page.
func whole[T, W any](found []T, wire func(T) W) client.Page[W] {
	items := make([]W, len(found))
	for i, item := range found {
		items[i] = wire(item)
	}
	return client.Page[W]{Items: items}
}
