package main

import (
	"context"

	"rekey/client"
	"rekey/internal/english"
)

type automationTrialCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
}

// Help implements kong.HelpProvider.
func (automationTrialCommand) Help() string {
	return `Runs do everything but send. Use the command again to see what they would have sent, and rekey run list --trial only for each of them.`
}

// Run implements the command.
func (a *automationTrialCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	if item.Status != "trial" {
		return a.switchTo(ctx, e, c, a.Automation, "is in trial", (*client.Client).TryAutomation)
	}
	if !a.JSON {
		return sayTrial(ctx, e, c, item.ID)
	}
	trial, err := c.Trial(ctx, item.ID)
	if err != nil {
		return err
	}
	return e.json(trial)
}

// sayTrial says what an automation would have done in its trial.
func sayTrial(ctx context.Context, e *env, c *client.Client, id string) error {
	trial, err := c.Trial(ctx, id)
	if err != nil {
		return err
	}
	if trial.Runs == 0 {
		return e.say("No run was tried.")
	}
	tried := english.Count(int64(trial.Runs), "run", "runs")
	if !trial.Complete {
		tried = "the last " + tried
	}
	if err := e.say("Tried %s, from %s to %s:", tried, moment(trial.First), moment(trial.Last)); err != nil {
		return err
	}
	rows := [][]string{}
	for _, t := range trial.Tallies {
		rows = append(rows, []string{t.State, english.Count(int64(t.Count), "mail", "mails"), dash(t.ReasonText)})
	}
	if trial.Held > 0 {
		rows = append(rows, []string{"would be held", english.Count(int64(trial.Held), "run", "runs"), "for " + english.Count(int64(trial.HeldPeople), "person", "people")})
	}
	if trial.Stopped > 0 {
		rows = append(rows, []string{"stopped", english.Count(int64(trial.Stopped), "run", "runs"), "–"})
	}
	return e.table([]string{"WHAT", "HOW MANY", "WHY"}, rows)
}
