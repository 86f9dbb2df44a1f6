package rekey

import (
	"strconv"
	"time"
)

// Backtest says what an automation would have done with the events on record, judged by
// what is known today: who is selected, blocked or was sent a password lately.
type Backtest struct {
	From time.Time `json:"from" doc:"The first moment of the period."`
	To   time.Time `json:"to" doc:"The end of the period: the moment of the request."`
	// Since is From, unless the time was up before.
	Since time.Time `json:"since" doc:"The events since this moment were looked at, the latest first. It is 'from', unless the time was up before."`
	// RecordedSince is the zero time for a schedule, whose moments are calculated, and
	// without events.
	RecordedSince time.Time `json:"recorded_since,omitzero" doc:"All events since this moment are on record. Older ones are deleted (keep_days), or there were none. Left out for a schedule, and if there is no event on record."`
	Events        int       `json:"events" doc:"How many events of the automation's type were looked at, without test events."`
	Runs          int       `json:"runs" doc:"How many runs they would have started."`
	// The runs that stop and those that are held reach nobody.
	Stopped int `json:"stopped" doc:"How many of the runs would have been cancelled or failed."`
	Held    int `json:"held" doc:"How many of the runs would have been held for approval."`
	Mails   int `json:"mails" doc:"How many passwords the other runs would have sent, to people whom the caller may view. The limits on mails to one person are those of today, and do not count the mails of other runs of the backtest."`
	People  int `json:"people" doc:"To how many different people."`
	// Skipped counts by reason, the most frequent first.
	Skipped []SkippedCount `json:"skipped" nullable:"false" doc:"How often somebody would have been skipped, by reason."`
	AtLeast bool           `json:"at_least,omitempty" doc:"The automation is for everybody in its selection, and the time was up before all were looked at: the numbers of people are lower than they would have been."`
	Latest  []BacktestRun  `json:"latest" nullable:"false" doc:"The runs that would have been due last, at most 100, the latest first."`
}

// BacktestRun is a run that an event would have started.
type BacktestRun struct {
	EventID string    `json:"event_id,omitempty" doc:"The event; absent for a moment of the automation's schedule."`
	Time    time.Time `json:"time" doc:"When the event happened."`
	DueAt   time.Time `json:"due_at" doc:"When the run would have been due."`
	Reached int       `json:"reached" doc:"How many people it would have reached, of those whom the caller may view."`
	Skipped int       `json:"skipped" doc:"How many of those named it would have skipped."`
	Reason  Reason    `json:"reason,omitempty" doc:"Why it would have been cancelled, failed or held, as a code."`
	Detail  string    `json:"detail,omitempty" doc:"The same in words."`
}

// SkippedCount counts people who were skipped for a reason.
type SkippedCount struct {
	Reason Reason `json:"reason" doc:"Why, as a code."`
	Text   string `json:"reason_text" doc:"Why, in words."`
	People int    `json:"people" doc:"How many."`
}

// Sentences sum the backtest up. when writes a moment.
func (b Backtest) Sentences(when func(time.Time) string) []string {
	mails := counted(b.Mails, "password", "passwords")
	if b.AtLeast {
		mails = "at least " + mails
	}
	list := []string{
		"Since " + when(b.Since) + ", " + counted(b.Events, "event", "events") + " would have started " + counted(b.Runs, "run", "runs") + ".",
		"They would have sent " + mails + " to " + counted(b.People, "person", "people") + ", judged by what is known today.",
	}
	if !b.RecordedSince.IsZero() {
		list = append(list, "Events are on record since "+when(b.RecordedSince)+".")
	}
	if b.Held > 0 {
		list = append(list, counted(b.Held, "run", "runs")+" would have been held for approval.")
	}
	if b.Stopped > 0 {
		list = append(list, counted(b.Stopped, "run", "runs")+" would have been cancelled or failed.")
	}
	for _, s := range b.Skipped {
		list = append(list, "Skipped "+counted(s.People, "time", "times")+": "+s.Text+".")
	}
	if b.Since.After(b.From) {
		list = append(list, "The time was up before the events back to "+when(b.From)+" were looked at.")
	}
	return list
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
