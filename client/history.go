package client

import (
	"context"
	"net/url"

	"rekey"
)

// AutomationHistory lists the changes of an automation, the latest first.
func (c *Client) AutomationHistory(ctx context.Context, id string, p Paging) (Page[rekey.Change], error) {
	return c.history(ctx, "/automations/", id, p)
}

// SelectionHistory lists the changes of a selection, the latest first.
func (c *Client) SelectionHistory(ctx context.Context, id string, p Paging) (Page[rekey.Change], error) {
	return c.history(ctx, "/selections/", id, p)
}

// UserHistory lists the changes of a system user, the latest first.
func (c *Client) UserHistory(ctx context.Context, id string, p Paging) (Page[rekey.Change], error) {
	return c.history(ctx, "/users/", id, p)
}

func (c *Client) history(ctx context.Context, path, id string, p Paging) (Page[rekey.Change], error) {
	return page[rekey.Change](ctx, c, path+url.PathEscape(id)+"/history", p.values())
}
