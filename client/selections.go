package client

import (
	"context"
	"net/url"

	"rekey"
)

// Expression is a condition that is not saved.
type Expression struct {
	Expression string `json:"expression" doc:"The condition in CEL over user and now." example:"user.domain == 'example.org'"`
}

// SelectionPreview says whom a condition selects now, among those whom the caller
// may view.
type SelectionPreview struct {
	Matched      int             `json:"matched" doc:"How many it selects."`
	NotMatched   int             `json:"not_matched" doc:"How many it does not select."`
	NotEvaluated int             `json:"not_evaluated" doc:"For how many the condition could not be evaluated; they are not selected."`
	Complete     bool            `json:"complete" doc:"False if the calculation stopped before everybody was checked; the counts are of those who were checked."`
	Stopped      string          `json:"stopped,omitempty" doc:"Why the calculation stopped."`
	Warnings     []rekey.Warning `json:"warnings,omitempty" doc:"What may be a mistake, such as a constant that can never match."`
	In           []Recipient     `json:"in" nullable:"false" doc:"The first of those selected."`
	Out          []Recipient     `json:"out" nullable:"false" doc:"The first of those not selected, with the reason."`
}

// SelectionFilter narrows a list of selections.
type SelectionFilter struct {
	Paging

	Search string // part of the name
}

// Selections lists selections in the order of their creation.
func (c *Client) Selections(ctx context.Context, filter SelectionFilter) (Page[rekey.Selection], error) {
	v := filter.values()
	set(v, "search", filter.Search)
	return page[rekey.Selection](ctx, c, "/selections", v)
}

// Selection returns a selection by id.
func (c *Client) Selection(ctx context.Context, id string) (rekey.Selection, error) {
	var s rekey.Selection
	err := c.do(ctx, call{method: "GET", path: "/selections/" + url.PathEscape(id)}, &s)
	return s, err
}

// CreateSelection saves a new selection.
func (c *Client) CreateSelection(ctx context.Context, s rekey.Selection) (rekey.Selection, error) {
	var saved rekey.Selection
	err := c.do(ctx, call{method: "POST", path: "/selections", body: s}, &saved)
	return saved, err
}

// UpdateSelection saves a selection, on condition that s.Version is still the
// stored one; otherwise the problem has status 412.
func (c *Client) UpdateSelection(ctx context.Context, s rekey.Selection) (rekey.Selection, error) {
	var saved rekey.Selection
	err := c.do(ctx, call{method: "PUT", path: "/selections/" + url.PathEscape(s.ID), body: s, version: s.Version}, &saved)
	return saved, err
}

// DeleteSelection deletes a selection of that version that no automation uses.
func (c *Client) DeleteSelection(ctx context.Context, id string, version int64) error {
	return c.do(ctx, call{method: "DELETE", path: "/selections/" + url.PathEscape(id), version: version}, nil)
}

// PreviewSelection returns whom a saved selection selects now.
func (c *Client) PreviewSelection(ctx context.Context, id string) (SelectionPreview, error) {
	var p SelectionPreview
	err := c.do(ctx, call{method: "POST", path: "/selections/" + url.PathEscape(id) + "/preview", safe: true}, &p)
	return p, err
}

// PreviewExpression returns whom a condition selects now.
func (c *Client) PreviewExpression(ctx context.Context, expression string) (SelectionPreview, error) {
	var p SelectionPreview
	err := c.do(ctx, call{method: "POST", path: "/selections/preview", body: Expression{expression}, safe: true}, &p)
	return p, err
}

// TransferSelection gives a selection another owner, by address or id. version is
// the one that was read; 0 means any.
func (c *Client) TransferSelection(ctx context.Context, id string, version int64, owner string) (rekey.Selection, error) {
	var s rekey.Selection
	err := c.do(ctx, call{method: "POST", path: "/selections/" + url.PathEscape(id) + "/transfer", body: Transfer{owner}, version: version}, &s)
	return s, err
}
