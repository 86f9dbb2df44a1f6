package rekey

import (
	"slices"
	"strconv"
	"time"
)

// Report counts the deliveries of a period by automation and outcome. A delivery belongs
// to the moment when it was planned.
type Report struct {
	From time.Time   `json:"from" doc:"The first moment of the period."`
	To   time.Time   `json:"to" doc:"The first moment after the period."`
	Rows []ReportRow `json:"rows" nullable:"false" doc:"The automations that had deliveries, most deliveries first."`
	All  ReportRow   `json:"all" doc:"All of them together."`
}

// ReportRow is one automation in a report, or all of them together.
type ReportRow struct {
	AutomationID string `json:"automation_id,omitempty" doc:"The id of the automation; absent for all together."`
	Automation   string `json:"automation,omitempty" doc:"Its name; absent if it was deleted, and for all together."`
	// Each delivery counts in exactly one of these six.
	Sent      int `json:"sent" doc:"Mails that a mail server accepted."`
	Failed    int `json:"failed" doc:"Deliveries that failed."`
	Skipped   int `json:"skipped" doc:"People who were skipped for a reason of their own."`
	Cancelled int `json:"cancelled" doc:"Cancelled before a mail server accepted them."`
	Replaced  int `json:"replaced" doc:"Replaced by a newer run before a mail server accepted them."`
	Open      int `json:"open" doc:"Held or on their way."`
	// In counts, of the mails that were sent, those whose reader has chosen a password
	// since. Median and NinetiethPercentile are the time from mail to choice, in seconds.
	In                  int   `json:"in" doc:"Of those sent: how many readers have chosen a password since."`
	Median              int64 `json:"median_seconds" doc:"Of those in: half chose within this time after the mail, in seconds."`
	NinetiethPercentile int64 `json:"p90_seconds" doc:"Of those in: nine of ten chose within this time after the mail, in seconds."`
}

// Count adds n deliveries in a state to the row.
func (r *ReportRow) Count(state DeliveryState, accepted bool, n int) {
	switch {
	case accepted:
		r.Sent += n
	case state == DeliveryFailed:
		r.Failed += n
	case state == DeliverySkipped:
		r.Skipped += n
	case state == DeliveryCancelled:
		r.Cancelled += n
	case state == DeliverySuperseded:
		r.Replaced += n
	default:
		r.Open += n
	}
}

// Deliveries is the number of all deliveries of the row.
func (r ReportRow) Deliveries() int {
	return r.Sent + r.Failed + r.Skipped + r.Cancelled + r.Replaced + r.Open
}

// reportDays is how long the period of a report is if nothing is said.
const reportDays = 30

// ParsePeriod reads the first and the last day of a period, such as 2026-11-30, in a time
// zone, and returns the first moment and the first one after it. If last is "", the period
// ends now. If first is "", it begins 30 days before its end. Errors name "from" and "to".
func ParsePeriod(first, last string, zone *time.Location, now time.Time) (from, to time.Time, err error) {
	var p Problems
	day := func(field, text string) time.Time {
		t, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil || t.Year() < 2000 || t.Year() > 2999 {
			p.Add(field, "Give a day such as 2026-11-30.")
		}
		return t
	}
	if to = now; last != "" {
		to = day("to", last).AddDate(0, 0, 1)
	}
	if from = to.AddDate(0, 0, -reportDays); first != "" {
		from = day("from", first)
	}
	if p.Err() == nil && !from.Before(to) {
		p.Add("from", "The first day must not be after the last one.")
	}
	return from, to, p.Err()
}

// Lines are the report as a table for a spreadsheet, with a heading and a last line for all
// automations together.
func (r Report) Lines() [][]string {
	lines := [][]string{{"automation", "automation_id", "sent", "in", "median_seconds", "p90_seconds", "failed", "skipped", "cancelled", "replaced", "open"}}
	for _, row := range append(slices.Clip(r.Rows), r.All) {
		line := []string{row.Automation, row.AutomationID}
		if row.AutomationID == "" {
			line[0] = "All"
		}
		for _, n := range []int{row.Sent, row.In, int(row.Median), int(row.NinetiethPercentile), row.Failed, row.Skipped, row.Cancelled, row.Replaced, row.Open} {
			line = append(line, strconv.Itoa(n))
		}
		lines = append(lines, line)
	}
	return lines
}
