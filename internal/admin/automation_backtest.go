package admin

import (
	"context"
	"errors"
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

	backtestLatest = 100 // runs that are listed
)

// Backtest replays the events of the last days against a, which need not be saved, and says
// what would have happened: see rekey.Backtest. It judges with the authority of the owner of
// a, but with no higher rank than the actor's, and counts only whom the actor may view. It
// writes nothing. After limit it says how far it came. Errors are those of
// PreviewAutomation, and name "days".
func (s *Service) Backtest(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, days int, limit time.Duration) (rekey.Backtest, error) {
	begun, problems, err := s.preparePreview(ctx, actor, a, nil)
	if err != nil {
		return rekey.Backtest{}, err
	}
	if days < 1 || days > MaxBacktestDays {
		problems.Add("days", "Give a number of days from 1 to 400.")
	}
	if err := problems.Err(); err != nil {
		return rekey.Backtest{}, err
	}
	now := s.now()
	t := &backtesting{
		previewing: begun, params: begun.automation.SendParams(), until: now.Add(limit), limit: limit, people: map[string]judged{},
		answer: rekey.Backtest{From: now.AddDate(0, 0, -days), To: now, Since: now},
	}
	t.automation.Status = rekey.AutomationActive
	t.acts.Rank = min(t.acts.Rank, actor.Authority().Rank)
	if t.automation.EventType == rekey.ScheduleReached {
		err = t.moments(ctx)
	} else {
		err = t.events(ctx)
	}
	if err != nil && !errors.Is(err, errOver) {
		return t.answer, blamed(err)
	}
	t.sum()
	return t.answer, nil
}

// errOver ends a backtest whose time is up. Replay has then added nothing.
var errOver = errors.New("the time is up")

// backtesting is a backtest in progress.
type backtesting struct {
	previewing
	params rekey.SendParams
	until  time.Time
	limit  time.Duration     // until then
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

func (t *backtesting) over() bool { return !t.now().Before(t.until) }

// events looks at the events on record, the latest first, page by page.
func (t *backtesting) events(ctx context.Context) error {
	for before := ""; ; {
		start := t.now()
		page, more, err := t.store.Events(ctx, t.automation.EventType, before, "", MaxPage)
		if err != nil {
			return err
		}
		if old := slices.IndexFunc(page, func(e rekey.Event) bool { return e.Received.Before(t.answer.From) }); old >= 0 {
			page, more = page[:old], false
		}
		if err := t.replay(ctx, page); err != nil {
			return err
		}
		if !more {
			t.answer.Since = t.answer.From
			return nil
		}
		before = page[len(page)-1].ID
		if err := t.giveWay(ctx, t.now().Sub(start)); err != nil {
			return err
		}
	}
}

// giveWay leaves the machine to those who send: for three times as long as the last page
// took. Only when most of the time is over, it does not.
func (t *backtesting) giveWay(ctx context.Context, spent time.Duration) error {
	if t.until.Sub(t.now()) < t.limit/4 {
		return nil
	}
	select {
	case <-time.After(3 * spent):
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

// replay replays events, all or, if it returns errOver, none.
func (t *backtesting) replay(ctx context.Context, page []rekey.Event) error {
	events, runs, named := 0, []backtested{}, []string{}
	for _, e := range page {
		if e.IsTest() {
			continue
		}
		events++
		run, starts, err := t.automation.RunFor(e)
		if err != nil {
			return err
		}
		if !starts {
			continue
		}
		switch {
		case run.Reason != "":
		case e.Outsiders && t.params.OldPassword != rekey.KeepUntilChanged:
			run.Reason = rekey.ReasonBadParameters
		case t.params.EverybodyInSelection && len(e.Users) > 0:
			run.Reason = rekey.ReasonNamesUsers
		}
		tested := backtested{BacktestRun: rekey.BacktestRun{EventID: e.ID, Time: e.Time, DueAt: run.DueAt, Reason: run.Reason, Detail: run.Reason.Text()}}
		switch {
		case run.Reason != "":
		case t.params.EverybodyInSelection:
			tested.all = true
		case t.params.SystemUser != "":
			tested.named = []string{t.params.SystemUser}
		default:
			tested.named = e.Users
		}
		runs, named = append(runs, tested), append(named, tested.named...)
	}
	if err := t.judge(ctx, named); err != nil {
		return err
	}
	for i := range runs {
		r := &runs[i]
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
	t.runs, t.answer.Events = append(t.runs, runs...), t.answer.Events+events
	if len(page) > 0 {
		t.answer.Since = page[len(page)-1].Received
	}
	return nil
}
