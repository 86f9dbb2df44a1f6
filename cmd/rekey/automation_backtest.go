package main

import (
	"context"
	"strconv"

	"rekey/client"
)

type automationBacktestCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
	Days       int    `default:"90" help:"How many days back, from 1 to 400."`
}

// Help implements kong.HelpProvider.
func (automationBacktestCommand) Help() string {
	return `Replays the events of the last days against the automation as it is saved, and changes nothing. Who would get a password is judged by what is known today.`
}

// Run implements the command.
func (a *automationBacktestCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	b, err := c.Backtest(ctx, item.ID, a.Days)
	switch {
	case err != nil:
		return err
	case a.JSON:
		return e.json(b)
	}
	for _, line := range b.Sentences(moment) {
		if err := e.say("%s", line); err != nil {
			return err
		}
	}
	if len(b.Latest) == 0 {
		return nil
	}
	rows := make([][]string, 0, len(b.Latest))
	for _, r := range b.Latest {
		rows = append(rows, []string{moment(r.DueAt), strconv.Itoa(r.Reached), strconv.Itoa(r.Skipped), dash(r.Detail), dash(r.EventID)})
	}
	return e.table([]string{"DUE", "REACHES", "SKIPS", "BUT", "EVENT"}, rows)
}
