package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// CloudEvent is an event to be posted, in CloudEvents 1.0's structured mode.
type CloudEvent struct {
	SpecVersion     string          `json:"specversion"` // "1.0", also if it is ""
	ID              string          `json:"id"`          // names the event for ever, together with Source
	Source          string          `json:"source"`
	Type            string          `json:"type"`          // "external" with data.name, or the event's own name
	Time            time.Time       `json:"time,omitzero"` // zero means the time of receipt
	Subject         string          `json:"subject,omitempty"`
	DataContentType string          `json:"datacontenttype,omitempty"` // application/json, also if it is ""
	Data            json.RawMessage `json:"data,omitempty"`
}

// EventReceipt is the answer for one posted event.
type EventReceipt struct {
	ID       string `json:"id" doc:"The id that Rekey gave the event."`
	Source   string `json:"source" doc:"As it was sent."`
	SourceID string `json:"source_id" doc:"The id as it was sent."`
	Repeat   bool   `json:"repeat" doc:"Whether the same event was posted before; the id is that of the earlier event."`
	People   int    `json:"people" doc:"How many different people the event names; 0 means that it names nobody."`
	Unknown  int    `json:"unknown" doc:"How many of those people are not system users that the caller may view."`
	Runs     int    `json:"runs" doc:"How many runs the event starts; 0 if no active automation uses it, and for a repeat."`
}

// EventReceipts is the answer to posted events, in their order.
type EventReceipts struct {
	Events []EventReceipt `json:"events" nullable:"false" doc:"One for each event posted, in their order."`
}

// Event is one occurrence of an event type.
type Event struct {
	ID          string          `json:"id" doc:"The id that Rekey gave it."`
	Type        string          `json:"type" doc:"An entry of the catalogue."`
	Name        string          `json:"name,omitempty" doc:"Of an external event."`
	Source      string          `json:"source" doc:"Where it came from; rekey for events that Rekey records itself."`
	SourceID    string          `json:"source_id" doc:"The id that the source gave it."`
	Time        time.Time       `json:"time" doc:"When it took place."`
	ReceivedAt  time.Time       `json:"received_at" doc:"When it came in."`
	SystemUsers []string        `json:"system_users" nullable:"false" doc:"Those involved, as they were named: addresses or ids. In a list, the first 10."`
	MoreUsers   int             `json:"more_system_users,omitempty" doc:"In a list: how many more system users are involved that the caller may view."`
	Data        json.RawMessage `json:"data,omitempty" doc:"What came with it; left out in a list, and once it is deleted (keep_event_data_days)."`
	Hidden      int             `json:"hidden" doc:"How many more system users are involved that the caller may not view; the data is then left out."`
	Outsiders   bool            `json:"outsiders,omitempty" doc:"Whether outsiders can choose whom the event names, because its people came through a mapping that no Administrator trusts. Then its runs may only keep the old password."`
	Chain       []string        `json:"chain,omitempty" doc:"Of automation.finished: the ids of the automations that have run one after another, the first one first. The last one has finished."`
	PostedBy    string          `json:"posted_by,omitempty" doc:"The id of the system user who posted it or asked for it."`
}

// Mapping is an expression over the events of a source, and an event to try it on.
type Mapping struct {
	People string          `json:"people" maxLength:"4000" doc:"A CEL expression over event that gives a list of addresses or ids, as in the sources of a system user." example:"[event.data.ticket.reporter.email]"`
	Event  json.RawMessage `json:"event" doc:"A sample: an event in the structured mode of CloudEvents."`
}

// MappingPreview is whom a mapping finds in a sample.
type MappingPreview struct {
	People  []string `json:"people" nullable:"false" doc:"As the event names them."`
	Unknown int      `json:"unknown" doc:"How many of them do not name a system user that the caller may view."`
}

// EventQuery narrows a list of events.
type EventQuery struct {
	Paging

	Type string
}

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

// PreviewMapping tries a mapping on a sample.
func (c *Client) PreviewMapping(ctx context.Context, m Mapping) (MappingPreview, error) {
	var p MappingPreview
	err := c.do(ctx, call{method: "POST", path: "/mappings/preview", safe: true, body: m}, &p)
	return p, err
}

// EventData returns data that names the system users involved, by address or
// id. name is the event's name where its type is "external", else "".
func EventData(name string, systemUsers ...string) json.RawMessage {
	data, err := json.Marshal(struct {
		Name        string   `json:"name,omitempty"`
		SystemUsers []string `json:"system_users,omitempty"`
	}{name, systemUsers})
	if err != nil {
		return nil // texts can always be marshalled
	}
	return data
}
