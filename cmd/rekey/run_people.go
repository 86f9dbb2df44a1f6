package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/csvcells"
)

type runPeopleCommand struct {
	remote

	ID       string `arg:"" name:"id" help:"The run's id."`
	Standing string `placeholder:"STANDING" default:"not_in" help:"in, not_in, not_yet, no_longer, none, on_the_way or skipped; by default not_in: all who are neither in nor skipped."`
	CSV      bool   `name:"csv" help:"As CSV, for a spreadsheet."`
	Limit    int    `default:"1000" placeholder:"N" help:"At most N; 0 for all."`
}

// Help implements kong.HelpProvider.
func (runPeopleCommand) Help() string {
	return "A person is in if they have chosen a password since the run made one for them. Each person is listed once, with their last delivery."
}

// Run implements the command.
func (r *runPeopleCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	run, err := c.Run(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	people, err := firstOf(ctx, r.Limit, func(ctx context.Context, p client.Paging) (client.Page[client.Delivery], error) {
		return c.Deliveries(ctx, r.ID, client.DeliveryFilter{Standing: rekey.Standing(r.Standing), Paging: p})
	})
	switch {
	case err != nil:
		return err
	case r.JSON:
		return e.json(people)
	case r.CSV:
		return peopleCSV(e, people)
	}
	if err := e.say("%s", peopleText(run.People)); err != nil || len(people) == 0 {
		return err
	}
	var rows [][]string
	for _, d := range people {
		until := "" // it opens nothing any more
		if d.Standing == string(rekey.StandingNotYet) {
			until = moment(d.ValidUntil)
		}
		rows = append(rows, []string{recipientText(d), strings.ReplaceAll(d.Standing, "_", " "), dash(d.StandingText), dash(until)})
	}
	if err := e.say(""); err != nil {
		return err
	}
	return e.table([]string{"SYSTEM USER", "IS", "WHY", "PASSWORD UNTIL"}, rows)
}

// peopleCSV prints the people for a spreadsheet, with times in UTC.
func peopleCSV(e *env, people []client.Delivery) error {
	lines := [][]string{{"system_user", "standing", "why", "sent_at", "valid_until", "in_at", "delivery"}}
	for _, d := range people {
		lines = append(lines, []string{recipientText(d), d.Standing, d.StandingText, utc(d.AcceptedAt), utc(d.ValidUntil), utc(d.InAt), d.ID})
	}
	return writeCSV(e, lines)
}

// writeCSV prints lines for a spreadsheet.
func writeCSV(e *env, lines [][]string) error {
	w := csvcells.NewWriter(e.stdout)
	for _, line := range lines {
		if err := w.Write(line...); err != nil {
			return err
		}
	}
	return w.Flush()
}

// utc formats a time for programs; "" if there is none.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// peopleText says how many people of a run are in: "12 of 20 are in: 5 not yet, 3 no
// longer"; "" if the run has nobody.
func peopleText(c rekey.InCounts) string {
	if c.All() == 0 {
		return ""
	}
	var others []string
	for _, part := range []struct {
		n    int64
		word string
	}{{c.NotYet, "not yet"}, {c.NoLonger, "can no longer"}, {c.None, "got no mail"}, {c.OnTheWay, "on the way"}} {
		if part.n > 0 {
			others = append(others, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	text := fmt.Sprintf("%d of %d are in", c.In, c.All())
	if c.All() == 1 {
		text = fmt.Sprintf("%d of 1 is in", c.In)
	}
	if len(others) > 0 {
		text += ": " + strings.Join(others, ", ")
	}
	return text
}
