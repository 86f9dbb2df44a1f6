package main

import (
	"context"
	"strconv"
	"time"

	"rekey"
	"rekey/client"
)

type reportCommand struct {
	remote

	From string `placeholder:"DAY" help:"The first day in UTC, such as 2026-11-01; by default 30 days before the end."`
	To   string `placeholder:"DAY" help:"The last day in UTC; by default until now."`
	CSV  bool   `name:"csv" help:"As CSV, for a spreadsheet."`
}

// Help implements kong.HelpProvider.
func (reportCommand) Help() string {
	return "Counts deliveries by automation and outcome. MEDIAN and P90 are the times from the mail until half, and nine of ten, of those who are in have chosen a password."
}

// Run implements the command.
func (r *reportCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	report, err := c.Report(ctx, r.From, r.To)
	switch {
	case err != nil:
		return err
	case r.JSON:
		return e.json(report)
	case r.CSV:
		return writeCSV(e, report.Lines())
	case len(report.Rows) == 0:
		return e.say("There were no deliveries from %s to %s.", moment(report.From), moment(report.To))
	}
	rows := make([][]string, 0, len(report.Rows)+1)
	for _, row := range append(report.Rows, report.All) {
		rows = append(rows, []string{
			reportName(row), strconv.Itoa(row.Sent), strconv.Itoa(row.In), took(row, row.Median), took(row, row.NinetiethPercentile),
			strconv.Itoa(row.Failed), strconv.Itoa(row.Skipped), strconv.Itoa(row.Cancelled), strconv.Itoa(row.Replaced), strconv.Itoa(row.Open),
		})
	}
	return e.table([]string{"AUTOMATION", "SENT", "IN", "MEDIAN", "P90", "FAILED", "SKIPPED", "CANCELLED", "REPLACED", "OPEN"}, rows)
}

func reportName(row rekey.ReportRow) string {
	switch {
	case row.AutomationID == "":
		return "All"
	case row.Automation == "":
		return "deleted " + row.AutomationID
	default:
		return row.Automation
	}
}

// took is a time from mail to choice; "–" if nobody is in.
func took(row rekey.ReportRow, seconds int64) string {
	if row.In == 0 {
		return dash("")
	}
	return (time.Duration(seconds) * time.Second).String()
}
