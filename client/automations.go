package client

import (
	"context"
	"net/url"

	"rekey"
)

// EventTypes lists the catalogue of things that can happen.
func (c *Client) EventTypes(ctx context.Context) (Page[EventType], error) {
	return page[EventType](ctx, c, "/event-types", nil)
}

// JobTypes lists the catalogue of things that can be done.
func (c *Client) JobTypes(ctx context.Context) (Page[JobType], error) {
	return page[JobType](ctx, c, "/job-types", nil)
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

// Automations lists automations in the order of their creation.
func (c *Client) Automations(ctx context.Context, filter AutomationFilter) (Page[Automation], error) {
	v := filter.values()
	set(v, "search", filter.Search)
	set(v, "status", filter.Status)
	set(v, "event_type", filter.EventType)
	set(v, "owner_id", filter.OwnerID)
	set(v, "selection_id", filter.SelectionID)
	return page[Automation](ctx, c, "/automations", v)
}

// Automation returns an automation by id.
func (c *Client) Automation(ctx context.Context, id string) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "GET", path: "/automations/" + url.PathEscape(id)}, &a)
	return a, err
}

// CreateAutomation saves a new automation as a draft.
func (c *Client) CreateAutomation(ctx context.Context, a Automation) (Automation, error) {
	var saved Automation
	err := c.do(ctx, call{method: "POST", path: "/automations", body: a}, &saved)
	return saved, err
}

// UpdateAutomation saves an automation, on condition that a.Version is still
// the stored one; otherwise the problem has status 412.
func (c *Client) UpdateAutomation(ctx context.Context, a Automation) (Automation, error) {
	var saved Automation
	err := c.do(ctx, call{method: "PUT", path: "/automations/" + url.PathEscape(a.ID), body: a, version: a.Version}, &saved)
	return saved, err
}

// DeleteAutomation deletes an automation of that version.
func (c *Client) DeleteAutomation(ctx context.Context, id string, version int64) (Deleted, error) {
	var d Deleted
	err := c.do(ctx, call{method: "DELETE", path: "/automations/" + url.PathEscape(id), version: version}, &d)
	return d, err
}

// ActivateAutomation lets events start runs. version is the one that was read; 0
// means any.
func (c *Client) ActivateAutomation(ctx context.Context, id string, version int64) (Automation, error) {
	return c.automationVerb(ctx, id, "activate", version)
}

// DeactivateAutomation stops events from starting runs. version is the one that was
// read; 0 means any.
func (c *Client) DeactivateAutomation(ctx context.Context, id string, version int64) (Automation, error) {
	return c.automationVerb(ctx, id, "deactivate", version)
}

// CopyAutomation makes a draft with the same settings. If name is "", a name is
// made from the original's.
func (c *Client) CopyAutomation(ctx context.Context, id, name string) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/copy", body: CopyRequest{name}}, &a)
	return a, err
}

func (c *Client) automationVerb(ctx context.Context, id, verb string, version int64) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/" + verb, version: version}, &a)
	return a, err
}

// PreviewAutomation returns who would get a new password if the event happened now
// and involved these system users, by address or id.
func (c *Client) PreviewAutomation(ctx context.Context, id string, systemUsers ...string) (AutomationPreview, error) {
	var p AutomationPreview
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/preview",
		body: Occurrence{SystemUsers: systemUsers}, safe: true}, &p)
	return p, err
}

// PreviewTransfer is PreviewAutomation with another owner, by address or id.
func (c *Client) PreviewTransfer(ctx context.Context, id, owner string, systemUsers ...string) (AutomationPreview, error) {
	var p AutomationPreview
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/preview",
		body: Occurrence{Owner: owner, SystemUsers: systemUsers}, safe: true}, &p)
	return p, err
}

// TransferAutomation gives an automation another owner, by address or id. version
// is the one that was read; 0 means any.
func (c *Client) TransferAutomation(ctx context.Context, id string, version int64, owner string) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/transfer", body: Transfer{owner}, version: version}, &a)
	return a, err
}

// TransferSelection gives a selection another owner, by address or id. version is
// the one that was read; 0 means any.
func (c *Client) TransferSelection(ctx context.Context, id string, version int64, owner string) (rekey.Selection, error) {
	var s rekey.Selection
	err := c.do(ctx, call{method: "POST", path: "/selections/" + url.PathEscape(id) + "/transfer", body: Transfer{owner}, version: version}, &s)
	return s, err
}

// PreviewDraft is PreviewAutomation for an automation that is not saved.
func (c *Client) PreviewDraft(ctx context.Context, a Automation, systemUsers ...string) (AutomationPreview, error) {
	var p AutomationPreview
	err := c.do(ctx, call{method: "POST", path: "/automations/preview", body: PreviewRequest{a, systemUsers}, safe: true}, &p)
	return p, err
}
