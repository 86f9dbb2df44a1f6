package client

import (
	"context"
	"net/url"

	"rekey"
)

// PostEvents posts CloudEvents: one in structured mode, several as a batch. All are
// stored durably, or none. It may be called again with the same events: the server
// recognises them by source and id.
func (c *Client) PostEvents(ctx context.Context, events ...CloudEvent) ([]EventReceipt, error) {
	sent := make([]CloudEvent, len(events))
	for i, e := range events {
		if e.SpecVersion == "" {
			e.SpecVersion = "1.0"
		}
		if e.DataContentType == "" && len(e.Data) > 0 {
			e.DataContentType = "application/json"
		}
		sent[i] = e
	}
	k := call{method: "POST", path: "/events", safe: true, kind: "application/cloudevents-batch+json", body: sent}
	if len(sent) == 1 {
		k.kind, k.body = "application/cloudevents+json", sent[0]
	}
	var receipts EventReceipts
	err := c.do(ctx, k, &receipts)
	return receipts.Events, err
}

// Events lists events from the latest on.
func (c *Client) Events(ctx context.Context, filter EventQuery) (Page[Event], error) {
	v := filter.values()
	set(v, "type", filter.Type)
	return page[Event](ctx, c, "/events", v)
}

// Event returns an event by our id.
func (c *Client) Event(ctx context.Context, id string) (Event, error) {
	var e Event
	err := c.do(ctx, call{method: "GET", path: "/events/" + url.PathEscape(id)}, &e)
	return e, err
}

// Runs lists runs from the latest on.
func (c *Client) Runs(ctx context.Context, filter RunFilter) (Page[Run], error) {
	v := filter.values()
	set(v, "automation_id", filter.AutomationID)
	set(v, "event_id", filter.EventID)
	set(v, "state", filter.State)
	return page[Run](ctx, c, "/runs", v)
}

// Run returns a run by id.
func (c *Client) Run(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "GET", path: "/runs/" + url.PathEscape(id)}, &r)
	return r, err
}

// CancelRun ends a run: people without a password from this run get none.
func (c *Client) CancelRun(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/cancel"}, &r)
	return r, err
}

// ApproveRun approves a held run, on condition that it would reach count people.
func (c *Client) ApproveRun(ctx context.Context, id string, count int) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/approve", body: Approval{Count: count}}, &r)
	return r, err
}

// HeldRuns counts the runs of an automation that are held.
func (c *Client) HeldRuns(ctx context.Context, automationID string) (rekey.HeldRuns, error) {
	var h rekey.HeldRuns
	err := c.do(ctx, call{method: "GET", path: heldPath(automationID)}, &h)
	return h, err
}

// ApproveHeldRuns releases the runs that HeldRuns counted. If they would reach
// another number of people now, the problem has status 409.
func (c *Client) ApproveHeldRuns(ctx context.Context, automationID string, seen rekey.HeldRuns) (rekey.HeldRuns, error) {
	var h rekey.HeldRuns
	err := c.do(ctx, call{method: "POST", path: heldPath(automationID) + "/approve", body: HeldApproval{Count: seen.People, Until: seen.Until}}, &h)
	return h, err
}

// CancelHeldRuns cancels the held runs of an automation that HeldRuns counted.
func (c *Client) CancelHeldRuns(ctx context.Context, automationID string, seen rekey.HeldRuns) (Deleted, error) {
	var d Deleted
	err := c.do(ctx, call{method: "POST", path: heldPath(automationID) + "/cancel", body: HeldUntil{seen.Until}}, &d)
	return d, err
}

func heldPath(automationID string) string {
	return "/automations/" + url.PathEscape(automationID) + "/held"
}

// Deliveries lists the deliveries of a run, or with "" those of all runs.
func (c *Client) Deliveries(ctx context.Context, runID string, filter DeliveryFilter) (Page[Delivery], error) {
	v := filter.values()
	set(v, "state", filter.State)
	set(v, "system_user_id", filter.UserID)
	if runID == "" {
		return page[Delivery](ctx, c, "/deliveries", v)
	}
	return page[Delivery](ctx, c, "/runs/"+url.PathEscape(runID)+"/deliveries", v)
}

// Delivery returns a delivery by id.
func (c *Client) Delivery(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	err := c.do(ctx, call{method: "GET", path: "/deliveries/" + url.PathEscape(id)}, &d)
	return d, err
}

// RetryDelivery makes another delivery for a failed one, with a new password.
func (c *Client) RetryDelivery(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	err := c.do(ctx, call{method: "POST", path: "/deliveries/" + url.PathEscape(id) + "/retry"}, &d)
	return d, err
}
