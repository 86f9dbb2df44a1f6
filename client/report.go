package client

import (
	"context"
	"net/url"

	"rekey"
)

// Report counts the deliveries of a period by automation and outcome. from and to are its
// first and last day in UTC, such as 2026-11-30; "" means the last 30 days until now.
func (c *Client) Report(ctx context.Context, from, to string) (rekey.Report, error) {
	v := url.Values{}
	set(v, "from", from)
	set(v, "to", to)
	var r rekey.Report
	err := c.do(ctx, call{method: "GET", path: "/report", query: v}, &r)
	return r, err
}
