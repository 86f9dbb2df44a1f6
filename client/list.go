package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"The entries of this page."`
	// NextCursor asks for the page that follows; "" on the last one.
	NextCursor string `json:"next_cursor,omitempty" doc:"Send it as cursor to get the next page. Absent on the last page."`
}

// Paging says which part of a list is wanted. The zero value is the first page.
type Paging struct {
	Limit  int    // 1 to 500; 0 means 50
	Cursor string // NextCursor of the page before
}

func (p Paging) values() url.Values {
	v := url.Values{}
	if p.Limit != 0 {
		v.Set("limit", strconv.Itoa(p.Limit))
	}
	set(v, "cursor", p.Cursor)
	return v
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

// All walks through all pages of a list:
//
//	for user, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.User], error) {
//		return c.Users(ctx, client.UserFilter{Role: "manager", Paging: p})
//	}) {
//
// It ends after the first error.
func All[T any](ctx context.Context, list func(context.Context, Paging) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		paging := Paging{Limit: 500}
		for {
			page, err := list(ctx, paging)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.NextCursor == "" {
				return
			}
			paging.Cursor = page.NextCursor
		}
	}
}

// page asks for one page of a list.
func page[T any](ctx context.Context, c *Client, path string, query url.Values) (Page[T], error) {
	var p Page[T]
	err := c.do(ctx, call{method: "GET", path: path, query: query}, &p)
	return p, err
}
