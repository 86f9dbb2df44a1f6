package main

import (
	"context"

	"rekey/client"
)

type automationJobsCommand struct{ remote }

// Run implements the command.
func (j *automationJobsCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	page, err := c.JobTypes(ctx)
	if err != nil {
		return err
	}
	if j.JSON {
		return e.json(page.Items)
	}
	var rows [][]string
	for _, item := range page.Items {
		rows = append(rows, []string{item.Name, item.Designation, yesNo(item.Offered), item.Description})
	}
	return e.table([]string{"NAME", "FOR", "OFFERED", "WHAT IT DOES"}, rows)
}
