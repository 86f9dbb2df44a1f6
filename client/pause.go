package client

import (
	"context"
	"time"

	"rekey"
)

// Pause says whether sending is paused, and what waits for its end.
type Pause struct {
	Paused bool      `json:"paused" doc:"Whether sending is paused: no run is executed and no new mail is sent."`
	Since  time.Time `json:"since,omitzero" doc:"When the pause began."`
	By     string    `json:"by,omitempty" doc:"Who paused, by name; absent for callers who may not define automations."`
	Reason string    `json:"reason,omitempty" doc:"Why; absent for callers who may not define automations."`
	// Runs and Deliveries are counted up to 10,000; 10,001 means more.
	Runs       int `json:"runs" doc:"Runs that are due and wait, counted up to 10,000; 10,001 means more."`
	Deliveries int `json:"deliveries" doc:"Deliveries that are not finished, counted up to 10,000; 10,001 means more."`
}

// PauseRequest is the body of a request to pause.
type PauseRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"Why, in one line."`
}

// Pause returns whether sending is paused.
func (c *Client) Pause(ctx context.Context) (Pause, error) {
	var p Pause
	err := c.do(ctx, call{method: "GET", path: "/pause"}, &p)
	return p, err
}

// PauseSending pauses all sending. If it is paused already, that pause stays as it
// is.
func (c *Client) PauseSending(ctx context.Context, reason string) (Pause, error) {
	var p Pause
	err := c.do(ctx, call{method: "POST", path: "/pause", body: PauseRequest{Reason: reason}, safe: true}, &p)
	return p, err
}

// Resume ends the pause and starts what waited, the oldest first.
func (c *Client) Resume(ctx context.Context) (rekey.Resumed, error) {
	var r rekey.Resumed
	err := c.do(ctx, call{method: "POST", path: "/resume"}, &r)
	return r, err
}
