package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rekey"
)

const (
	// BacktestTime is how long a backtest looks at events.
	BacktestTime = 8 * time.Second
	// DefaultBacktestDays is how many days back it looks, if nothing is said.
	DefaultBacktestDays = 90
	// MaxBacktestDays is how many days back it looks at most.
	MaxBacktestDays = 400

	backtestLatest = 100                   // runs that are listed
	backtestRest   = 25 * time.Millisecond // between two pages of events: 100,000 events take 200
)

// Backtest replays the events of the last days against a, which need not be saved, and says
// what would have happened: see rekey.Backtest. It judges with the authority of the owner of
// a, but with no higher rank than the actor's, and counts only whom the actor may view. It
// writes nothing. After limit it says how far it came: one page of events at least. Errors
// are those of PreviewAutomation, and name "days".
func (s *Service) Backtest(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, days int, limit time.Duration) (rekey.Backtest, error) {
	begun, problems, err := s.preparePreview(ctx, actor, a, nil)
	if err != nil {
		return rekey.Backtest{}, err
	}
	if !begun.automation.SendsPasswords() {
		problems.Add("job_type", "A backtest counts the people who would have got a new password. This job sends none.")
	}
	if days < 1 || days > MaxBacktestDays {
		problems.Add("days", "Give a number of days from 1 to 400.")
	}
	if err := problems.Err(); err != nil {
		return rekey.Backtest{}, err
	}
	now := s.now()
	t := &backtesting{
		previewing: begun, params: begun.automation.SendParams(), begun: now, limit: limit, people: map[string]judged{},
		answer: rekey.Backtest{From: now.AddDate(0, 0, -days), To: now, Since: now},
	}
	t.automation.Status = rekey.AutomationActive
	t.acts.Rank = min(t.acts.Rank, actor.Authority().Rank)
	if t.automation.EventType == rekey.ScheduleReached {
		err = t.moments(ctx)
	} else {
		err = t.events(ctx)
	}
	if err != nil {
		return t.answer, blamed(err)
	}
	t.sum()
	return t.answer, nil
}

// backtesting is a backtest in progress.
type backtesting struct {
	previewing
	params rekey.SendParams
	begun  time.Time
	limit  time.Duration
	people map[string]judged // by the id or address that names them
	runs   []backtested
	answer rekey.Backtest

	known     bool // whether everybody is known
	everybody group
}

// judged is what the automation does with a person.
type judged struct {
	id     string // "" if the actor may not view them
	reason rekey.Reason
}

// group is whom a run reaches, and how many it skips, by reason.
type group struct {
	reached []string
	skipped map[rekey.Reason]int
}

// backtested is a run with its people.
type backtested struct {
	rekey.BacktestRun
	group

	named []string
	all   bool // it is for everybody in the selection
}

// spent reports whether a part of the time is over.
func (t *backtesting) spent(part time.Duration) bool { return t.now().Sub(t.begun) >= part }

// events looks at the events on record, the latest first, page by page.
func (t *backtesting) events(ctx context.Context) (err error) {
	if t.answer.RecordedSince, err = t.recordedSince(ctx); err != nil {
		return err
	}
	for before := ""; ; {
		start := t.now()
		page, more, err := t.store.PastEvents(ctx, t.automation.EventType, before, MaxPage)
		if err != nil {
			return err
		}
		if old := slices.IndexFunc(page, func(e rekey.Event) bool { return e.Received.Before(t.answer.From) }); old >= 0 {
			page, more = page[:old], false
		}
		if err := t.replay(ctx, page); err != nil {
			return err
		}
		switch {
		case !more:
			t.answer.Since = t.answer.From
			return nil
		case t.spent(t.limit):
			return nil
		}
		before = page[len(page)-1].ID
		if err := t.giveWay(ctx, t.now().Sub(start)); err != nil {
			return err
		}
	}
}

// recordedSince returns the moment since which no event has been deleted; the zero time
// without events.
func (t *backtesting) recordedSince(ctx context.Context) (time.Time, error) {
	first, err := t.store.FirstEvent(ctx)
	if kept := t.begun.AddDate(0, 0, -t.keepDays); t.keepDays > 0 && !first.IsZero() && first.Before(kept) {
		return kept, err // the older ones are those whose runs have not ended
	}
	return first, err
}

// giveWay leaves the machine to those who send: after each page, for at least as long as
// the page took. Only when most of the time is over, it does not.
func (t *backtesting) giveWay(ctx context.Context, took time.Duration) error {
	if t.spent(t.limit * 3 / 4) {
		return nil
	}
	select {
	case <-time.After(max(backtestRest, took)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// moments replays the moments of the schedule.
func (t *backtesting) moments(ctx context.Context) error {
	var page []rekey.Event
	for at := t.automation.NextMoment(t.answer.From); !at.IsZero() && at.Before(t.answer.To); at = t.automation.NextMoment(at) {
		page = append(page, rekey.Event{Type: rekey.ScheduleReached, Automation: t.automation.ID, Time: at, Received: at})
	}
	err := t.replay(ctx, page)
	if err == nil {
		t.answer.Since = t.answer.From
	}
	return err
}

// replay replays events.
func (t *backtesting) replay(ctx context.Context, page []rekey.Event) error {
	first, named := len(t.runs), []string{}
	for _, e := range page {
		if e.IsTest() {
			continue
		}
		t.answer.Events++
		run, starts, err := t.automation.RunFor(e)
		if err != nil {
			return err
		}
		if !starts {
			continue
		}
		reason := cmp.Or(run.Reason, t.params.Refuses(e))
		tested := backtested{BacktestRun: rekey.BacktestRun{EventID: e.ID, Time: e.Time, DueAt: run.DueAt, Reason: reason, Detail: reason.Text()}}
		switch {
		case reason != "":
		case t.params.EverybodyInSelection:
			tested.all = true
		case t.params.SystemUser != "":
			tested.named = []string{t.params.SystemUser}
		default:
			tested.named = e.Users
		}
		t.runs, named = append(t.runs, tested), append(named, tested.named...)
	}
	if err := t.judge(ctx, named); err != nil {
		return err
	}
	for i := range t.runs[first:] {
		r := &t.runs[first+i]
		if r.group = t.grouped(r.named); r.all {
			if err := t.findEverybody(ctx); err != nil {
				return err
			}
			r.group = t.everybody
		}
		r.named, r.Reached = nil, len(r.reached)
		for _, n := range r.skipped {
			r.Skipped += n
		}
	}
	if len(page) > 0 {
		t.answer.Since = page[len(page)-1].Received
	}
	return nil
}
