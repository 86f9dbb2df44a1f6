package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"rekey"
	"rekey/client"
	"rekey/internal/english"
	"rekey/internal/manifest"
)

type automationCommands struct {
	List       automationListCommand       `cmd:"" help:"List automations."`
	Show       automationShowCommand       `cmd:"" help:"Show an automation."`
	Apply      automationApplyCommand      `cmd:"" help:"Create and change selections and automations from a file."`
	Export     automationExportCommand     `cmd:"" help:"Print selections and automations as a file for apply."`
	Activate   automationActivateCommand   `cmd:"" help:"Activate an automation: events start runs."`
	Trial      automationTrialCommand      `cmd:"" help:"Put an automation in trial: events start runs that send nothing. Show what they would have sent."`
	Backtest   automationBacktestCommand   `cmd:"" help:"Show what an automation would have done with the events on record."`
	Deactivate automationDeactivateCommand `cmd:"" help:"Deactivate an automation: events start no runs."`
	Copy       automationCopyCommand       `cmd:"" help:"Copy an automation as a draft."`
	Jobs       automationJobsCommand       `cmd:"" help:"List the job types."`
	History    automationHistoryCommand    `cmd:"" help:"List who changed an automation, when, and what."`
	Transfer   automationTransferCommand   `cmd:"" help:"Give an automation another owner."`
	Delete     automationDeleteCommand     `cmd:"" help:"Delete an automation."`
	Preview    automationPreviewCommand    `cmd:"" help:"Show who would get a new password if the event happened now."`
}

type automationListCommand struct{ remote }

// Run implements the command.
func (a *automationListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	automations := []client.Automation{}
	var rows [][]string
	for item, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Automation], error) {
		return c.Automations(ctx, client.AutomationFilter{Paging: p})
	}) {
		if err != nil {
			return err
		}
		automations = append(automations, item)
		rows = append(rows, []string{item.Name, item.Status, eventText(item), item.JobType, dash(item.Delay.Text())})
	}
	if a.JSON {
		return e.json(automations)
	}
	return e.table([]string{"NAME", "STATUS", "EVENT", "JOB", "DELAY"}, rows)
}

// eventText describes the event of an automation: "external, name equals
// siem.credential_leaked".
func eventText(a client.Automation) string {
	parts := []string{a.EventType}
	for _, filter := range []struct {
		field string
		rekey.TextFilter
	}{{"name", a.EventFilter.Name}, {"source", a.EventFilter.Source}} {
		if filter.Operator != "" {
			parts = append(parts, filter.field+" "+strings.ReplaceAll(string(filter.Operator), "_", " ")+" "+filter.Value)
		}
	}
	if text := a.EventFilter.Schedule.Text(); text != "" {
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

type automationShowCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (a *automationShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	if a.JSON {
		return e.json(item)
	}
	selection := item.SelectionID
	if selection != "" && selection != client.NoSelection {
		if s, err := c.Selection(ctx, selection); err == nil {
			selection = s.Name
		}
	}
	return e.facts(fact{"Name", item.Name}, fact{"Description", item.Description}, fact{"Status", item.Status},
		fact{"Event", eventText(item)}, fact{"Event's system user", item.EventFilter.User},
		fact{"Job", item.JobType}, fact{"Parameters", string(item.JobParams)}, fact{"Selection", selection},
		fact{"Delay", item.Delay.Text()}, fact{"Start", momentIn(item.TimeFrame.Start, item.TimeZone)},
		fact{"End", momentIn(item.TimeFrame.End, item.TimeZone)}, fact{"Execution days", item.TimeFrame.DayList()}, fact{"Hours", item.TimeFrame.Hours.Text()},
		fact{"Time zone", item.TimeZone}, fact{"Next", momentIn(item.NextAt, item.TimeZone)},
		fact{"Created", moment(item.CreatedAt)}, fact{"Changed", moment(item.UpdatedAt)}, fact{"Id", item.ID})
}

type automationActivateCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (a *automationActivateCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	if err := a.switchTo(ctx, e, c, a.Automation, "is active", (*client.Client).ActivateAutomation); err != nil || a.JSON || item.Status != "trial" {
		return err
	}
	return sayTrial(ctx, e, c, item.ID)
}

type automationDeactivateCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (a *automationDeactivateCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	return a.switchTo(ctx, e, c, a.Automation, "is inactive", (*client.Client).DeactivateAutomation)
}

func (r remote) switchTo(ctx context.Context, e *env, c *client.Client, name, done string,
	do func(*client.Client, context.Context, string, int64) (client.Automation, error)) error {
	item, err := findAutomation(ctx, c, name)
	if err != nil {
		return err
	}
	if item, err = do(c, ctx, item.ID, item.Version); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if r.JSON {
		return e.json(item)
	}
	warn(e, item.Warnings)
	return e.say("%q %s%s.", item.Name, done, cancelledText(item.Cancelled))
}

func cancelledText(n int64) string {
	if n == 0 {
		return ""
	}
	return "; " + english.Count(n, "waiting run was", "waiting runs were") + " cancelled"
}

func warn(e *env, warnings []rekey.Warning) {
	for _, w := range warnings {
		_, _ = fmt.Fprintln(e.stderr, "warning: "+onLine(w.Message))
	}
}

type automationDeleteCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (a *automationDeleteCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	deleted, err := c.DeleteAutomation(ctx, item.ID, item.Version)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Automation, err)
	}
	return a.answer(e, deleted, "Deleted the automation %q%s.", item.Name, cancelledText(deleted.Cancelled))
}

type automationPreviewCommand struct {
	remote

	Automation string   `arg:"" optional:"" help:"Name or id."`
	File       string   `short:"f" placeholder:"FILE" help:"A file with one automation, as for rekey automation apply, instead of a name. The automation does not have to be saved."`
	User       []string `placeholder:"ADDRESS" help:"A system user that the event names. May be repeated."`
	Owner      string   `placeholder:"ADDRESS" help:"Preview as if this system user were the owner."`
}

// ask gets the preview of a saved automation, with the authority of its owner or of
// --owner, or of an automation in a file.
func (a *automationPreviewCommand) ask(ctx context.Context, e *env, c *client.Client) (client.AutomationPreview, error) {
	if a.File == "" {
		item, err := findAutomation(ctx, c, a.Automation)
		if err != nil {
			return client.AutomationPreview{}, err
		}
		if a.Owner != "" {
			return c.PreviewTransfer(ctx, item.ID, a.Owner, a.User...)
		}
		return c.PreviewAutomation(ctx, item.ID, a.User...)
	}
	in, err := e.open(a.File)
	if err != nil {
		return client.AutomationPreview{}, err
	}
	defer func() { _ = in.Close() }()
	file, err := manifest.Read(in)
	if err != nil {
		return client.AutomationPreview{}, fmt.Errorf("%s: %w", a.File, err)
	}
	draft, err := manifest.Draft(ctx, c, file)
	if err != nil {
		return client.AutomationPreview{}, fmt.Errorf("%s: %w", a.File, err)
	}
	return c.PreviewDraft(ctx, draft, a.User...)
}

// Run implements the command.
func (a *automationPreviewCommand) Run(ctx context.Context, e *env) error {
	if (a.Automation == "") == (a.File == "") {
		return errors.New("name an automation, or give a file with --file, but not both")
	}
	if a.File != "" && a.Owner != "" {
		return errors.New("--owner works only with a saved automation; leave it out with --file")
	}
	c, err := a.ProvideClient(e)
	if err != nil {
		return err
	}
	preview, err := a.ask(ctx, e, c)
	if err != nil {
		return err
	}
	if a.JSON {
		return e.json(preview)
	}
	warn(e, preview.Warnings)
	var rows [][]string
	for _, r := range preview.Recipients {
		who := r.Address
		if who == "" {
			who = r.Subject
		}
		why := r.ReasonText
		if r.Gets && r.Detail != "" {
			_, _ = fmt.Fprintln(e.stderr, "warning: "+who+": "+onLine(r.Detail))
		} else if r.Detail != "" {
			why += " (" + r.Detail + ")"
		}
		rows = append(rows, []string{who, yesNo(r.Gets), dash(why)})
	}
	if err := e.table([]string{"SYSTEM USER", "GETS A PASSWORD", "WHY NOT"}, rows); err != nil {
		return err
	}
	if preview.Held != "" {
		if err := e.say("The run would be held for approval: %s.", preview.Held); err != nil {
			return err
		}
	}
	if preview.Hidden > 0 {
		return e.say("%d more, that you may not view.", preview.Hidden)
	}
	return nil
}
