package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

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

// UserFilter narrows a list of system users.
type UserFilter struct {
	Paging

	Search string // part of a name or address
	Type   string
	Role   string
	Status string
}

// SelectionFilter narrows a list of selections.
type SelectionFilter struct {
	Paging

	Search string // part of the name
}

// AutomationFilter narrows a list of automations.
type AutomationFilter struct {
	Paging

	Search      string // part of the name
	Status      string // as it is shown
	EventType   string
	OwnerID     string
	SelectionID string
}

// EventQuery narrows a list of events.
type EventQuery struct {
	Paging

	Type string
}

// RunFilter narrows a list of runs.
type RunFilter struct {
	Paging

	AutomationID string
	EventID      string
	State        string
}

// DeliveryFilter narrows a list of deliveries.
type DeliveryFilter struct {
	Paging

	State  string
	UserID string
}

// page asks for one page of a list.
func page[T any](ctx context.Context, c *Client, path string, query url.Values) (Page[T], error) {
	var p Page[T]
	err := c.do(ctx, call{method: "GET", path: path, query: query}, &p)
	return p, err
}
