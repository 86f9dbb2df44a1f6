package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rekey/client"
)

type runCommands struct {
	List       runListCommand       `cmd:"" help:"List runs, the latest first."`
	Show       runShowCommand       `cmd:"" help:"Show a run: who got a password, who did not, and why."`
	People     runPeopleCommand     `cmd:"" help:"List the people of a run: who is in, who is not, and why."`
	Approve    runApproveCommand    `cmd:"" help:"Approve a held run that reaches many people, or that was stopped in a wave."`
	Stop       runStopCommand       `cmd:"" help:"Stop a run in waves. People who have no password from it yet wait."`
	SendRest   runSendRestCommand   `cmd:"" help:"Send to everybody who waits for their wave, now."`
	SendAgain  runSendAgainCommand  `cmd:"" help:"Send a new password to the people of a run who are not in."`
	Cancel     runCancelCommand     `cmd:"" help:"Cancel a run. People who have no password from it yet get none."`
	Undo       runUndoCommand       `cmd:"" help:"End the passwords that a run mailed, where people have a chosen one that works."`
	ApproveAll runApproveAllCommand `cmd:"" help:"Approve all held runs of an automation."`
	CancelAll  runCancelAllCommand  `cmd:"" help:"Cancel all held runs of an automation."`
	Watch      runWatchCommand      `cmd:"" help:"Follow a run until it ends or waits for approval."`
}

type runListCommand struct {
	remote

	Automation string `placeholder:"NAME" help:"Only of this automation: name or id."`
	Event      string `placeholder:"ID" help:"Only of this event."`
	State      string `placeholder:"STATE" help:"waiting, planning, held, sending, finished, cancelled or failed."`
	Trial      string `placeholder:"only|none" help:"only: only trials, which send nothing. none: all others."`
	Limit      int    `default:"50" placeholder:"N" help:"At most N; 0 for all."`
}

// Run implements the command.
func (r *runListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	filter := client.RunFilter{EventID: r.Event, State: r.State, Trial: r.Trial}
	if r.Automation != "" {
		a, err := findAutomation(ctx, c, r.Automation)
		if err != nil {
			return err
		}
		filter.AutomationID = a.ID
	}
	runs, err := firstOf(ctx, r.Limit, func(ctx context.Context, p client.Paging) (client.Page[client.Run], error) {
		filter.Paging = p
		return c.Runs(ctx, filter)
	})
	if err != nil {
		return err
	}
	if r.JSON {
		return e.json(runs)
	}
	var rows [][]string
	for _, run := range runs {
		rows = append(rows, []string{run.ID, dash(run.Automation), runStateText(run), moment(run.DueAt), dash(countsText(run)), dash(runReason(run))})
	}
	return e.table([]string{"ID", "AUTOMATION", "STATE", "DUE", "DELIVERIES", "WHY"}, rows)
}

// countsText returns counts such as "2 sent (1 done), 1 skipped". A sent delivery
// counts as sent in any later state. Only deliveries that a newer run replaced before
// they were sent count as superseded.
func countsText(run client.Run) string {
	counts := maps.Clone(run.Deliveries)
	var parts []string
	if run.Sent > 0 {
		text := fmt.Sprintf("%d sent", run.Sent)
		if done := counts["done"]; done > 0 {
			text += fmt.Sprintf(" (%d done)", done)
		}
		parts = append(parts, text)
	}
	unsent := counts["sent"] + counts["done"] + counts["expired"] + counts["superseded"] - run.Sent
	for _, state := range []string{"sent", "done", "expired", "superseded"} {
		delete(counts, state)
	}
	if unsent > 0 {
		counts["superseded"] = unsent
	}
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	return strings.Join(parts, ", ")
}

type runShowCommand struct {
	remote

	ID    string `arg:"" name:"id" help:"The run's id."`
	Limit int    `default:"1000" placeholder:"N" help:"At most N of its deliveries; 0 for all."`
}

// shownRun is a run with its deliveries, for programs.
type shownRun struct {
	client.Run
	DeliveryList []client.Delivery `json:"delivery_list"`
}

// Run implements the command.
func (r *runShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	run, err := c.Run(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	deliveries, err := firstOf(ctx, r.Limit, func(ctx context.Context, p client.Paging) (client.Page[client.Delivery], error) {
		return c.Deliveries(ctx, r.ID, client.DeliveryFilter{Paging: p})
	})
	if err != nil {
		return err
	}
	if r.JSON {
		return e.json(shownRun{run, deliveries})
	}
	if err := e.facts(fact{"Automation", run.Automation}, fact{"State", runStateText(run)}, fact{"Why", runReason(run)}, fact{"Approve", approveText(run)}, fact{"Next", wavesText(run)},
		fact{"Due", moment(run.DueAt)}, fact{"Ended", moment(run.FinishedAt)}, fact{"Deliveries", countsText(run)}, fact{"People", peopleText(run.People)}, fact{"Undone", undoneText(run)},
		fact{"Event", run.EventID}); err != nil || len(deliveries) == 0 {
		return err
	}
	var rows [][]string
	for _, d := range deliveries {
		rows = append(rows, []string{recipientText(d), d.State, dash(cmp.Or(d.ReasonText, d.UndoneText)), dash(replyText(d))})
	}
	if err := e.say(""); err != nil {
		return err
	}
	if err := e.table([]string{"SYSTEM USER", "STATE", "WHY", "MAIL SERVER"}, rows); err != nil || len(deliveries) != r.Limit {
		return err
	}
	return e.say("\nThese are the first %d; --limit 0 shows all.", r.Limit)
}

// approveText says how to approve a held run; "" if it does not wait for approval.
func approveText(r client.Run) string {
	if r.Held == 0 {
		return ""
	}
	return fmt.Sprintf("it would reach %d: rekey run approve %s --count %d", r.Held, r.ID, r.Held)
}

// runStateText is the state of a run, and whether it is a trial: "finished, trial".
func runStateText(r client.Run) string {
	switch {
	case r.Trial:
		return r.State + ", trial"
	case !r.UndoneAt.IsZero():
		return r.State + ", undone"
	}
	return r.State
}

func runReason(r client.Run) string {
	if r.Detail != "" {
		return r.ReasonText + " (" + r.Detail + ")"
	}
	return r.ReasonText
}
