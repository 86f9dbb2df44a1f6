package client

import (
	"context"

	"rekey"
)

// Fit says how well an event type and a job type go together.
type Fit struct {
	EventType string `json:"event_type,omitempty" doc:"The event type."`
	JobType   string `json:"job_type,omitempty" doc:"The job type."`
	Fit       string `json:"fit" enum:"recommended,usual,unusual,impossible" doc:"How well they go together. An unusual combination gives a warning, an impossible one is refused."`
}

// EventType is an entry in the catalogue of things that can happen.
type EventType struct {
	Name             string            `json:"name" doc:"Its name." example:"user.locked"`
	Label            string            `json:"label" doc:"Its name for people."`
	Designation      string            `json:"designation" enum:"S,C,S/C" doc:"What it is about: (S) system, (C) contact."`
	Description      string            `json:"description" doc:"When it happens."`
	Parameters       []rekey.Parameter `json:"parameters" nullable:"false" doc:"The filters; an empty filter means any."`
	Postable         bool              `json:"postable" doc:"Whether other systems can post it; all other events come from Rekey itself."`
	SetOffByStranger bool              `json:"set_off_by_stranger" doc:"Whether somebody who is not logged in can cause it; then only 'keep' is allowed for the old password."`
	Jobs             []Fit             `json:"jobs" nullable:"false" doc:"The job types, and how well they go with it."`
}

// JobType is an entry in the catalogue of things that can be done.
type JobType struct {
	Name        string            `json:"name" doc:"Its name." example:"send_new_password"`
	Label       string            `json:"label" doc:"Its name for people."`
	Designation string            `json:"designation" enum:"S,C,S/C" doc:"What it is about: (S) system, (C) contact."`
	Description string            `json:"description" doc:"What it does."`
	Hints       []string          `json:"hints" nullable:"false" doc:"What to know before you use it."`
	Parameters  []rekey.Parameter `json:"parameters" nullable:"false" doc:"Its settings, in job_params."`
	Offered     bool              `json:"offered" doc:"Whether it can be used here."`
	NotOffered  string            `json:"not_offered,omitempty" doc:"Why it cannot."`
	Events      []Fit             `json:"events" nullable:"false" doc:"The event types, and how well they go with it."`
}

// EventTypes lists the catalogue of things that can happen.
func (c *Client) EventTypes(ctx context.Context) (Page[EventType], error) {
	return page[EventType](ctx, c, "/event-types", nil)
}

// JobTypes lists the catalogue of things that can be done.
func (c *Client) JobTypes(ctx context.Context) (Page[JobType], error) {
	return page[JobType](ctx, c, "/job-types", nil)
}
