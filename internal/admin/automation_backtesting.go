package admin

import (
	"cmp"
	"context"
	"slices"

	"rekey"
)

// judge decides on people about whom nothing is known yet, together. Who is left out as
// the last Administrator of several is judged alone, as in a run of their own.
func (t *backtesting) judge(ctx context.Context, subjects []string) error {
	subjects = slices.DeleteFunc(subjects, func(subject string) bool {
		_, known := t.people[subject]
		return known
	})
	slices.Sort(subjects)
	for part := range slices.Chunk(slices.Compact(subjects), MaxPage) {
		seen, _, err := t.viewable(ctx, t.actor, part)
		if err != nil {
			return err
		}
		for _, subject := range part {
			t.people[subject] = judged{}
		}
		decisions, err := t.runner.Preview(ctx, t.automation, t.acts, seen)
		if err != nil {
			return err
		}
		for _, d := range decisions {
			if d.Reason == rekey.ReasonLastAdministrator {
				alone, err := t.runner.Preview(ctx, t.automation, t.acts, []string{d.Subject})
				if err != nil {
					return err
				}
				d = alone[0]
			}
			t.people[d.Subject] = judged{cmp.Or(d.User.ID, d.Subject), d.Reason}
		}
	}
	return nil
}

// findEverybody decides on all whom a run for everybody looks at, once, as far as half of
// the time allows. The other half is for the events.
func (t *backtesting) findEverybody(ctx context.Context) error {
	if t.known {
		return nil
	}
	t.known = true
	var all []string
	for q := (rekey.UserQuery{MaxRank: t.acts.Rank, Limit: MaxPage}); ; {
		users, err := t.store.Users(ctx, q)
		if err != nil {
			return err
		}
		var ids []string
		for _, u := range users {
			ids, q.After = append(ids, u.ID), u.ID
		}
		all = append(all, ids...)
		if err := t.judge(ctx, ids); err != nil {
			return err
		}
		last := len(users) < q.Limit
		if t.answer.AtLeast = !last && t.spent(t.limit/2); last || t.answer.AtLeast {
			t.everybody = t.grouped(all)
			return nil
		}
	}
}

// grouped sorts people that were judged, each once.
func (t *backtesting) grouped(named []string) group {
	var g group
	seen := map[string]bool{}
	for _, subject := range named {
		j := t.people[subject]
		if j.id == "" || seen[j.id] {
			continue
		}
		seen[j.id] = true
		switch {
		case j.reason == "":
			g.reached = append(g.reached, j.id)
		case g.skipped == nil:
			g.skipped = map[rekey.Reason]int{j.reason: 1}
		default:
			g.skipped[j.reason]++
		}
	}
	return g
}

// sum adds up the runs. The ceiling holds those that reach too many, with what others have
// reached in the hour before.
func (t *backtesting) sum() {
	b := &t.answer
	event, _ := rekey.FindEventType(t.automation.EventType)
	ceiling := t.params.CeilingFor(t.automation, t.automation.AskedBy(event))
	slices.SortStableFunc(t.runs, func(x, y backtested) int { return x.DueAt.Compare(y.DueAt) })
	people, skipped := map[string]bool{}, map[rekey.Reason]int{}
	lately, first := 0, 0 // what the runs from first on have reached in an hour
	for i := range t.runs {
		r := &t.runs[i]
		for ; t.runs[first].minute() < r.minute()-60; first++ {
			lately -= t.runs[first].mails()
		}
		if text := rekey.CeilingText(r.Reached, lately, ceiling); r.Reason == "" && text != "" {
			r.Reason, r.Detail = rekey.ReasonCeiling, text
		}
		switch lately, b.Mails = lately+r.mails(), b.Mails+r.mails(); r.Reason {
		case "":
			for reason, n := range r.skipped {
				skipped[reason] += n
			}
			if !r.all || len(people) < r.Reached {
				for _, id := range r.reached {
					people[id] = true
				}
			}
		case rekey.ReasonCeiling:
			b.Held++
		default:
			b.Stopped++
		}
	}
	b.Runs, b.People = len(t.runs), len(people)
	b.Latest, b.Skipped = []rekey.BacktestRun{}, []rekey.SkippedCount{}
	for _, r := range slices.Backward(t.runs[max(0, len(t.runs)-backtestLatest):]) {
		b.Latest = append(b.Latest, r.BacktestRun)
	}
	for reason, n := range skipped {
		b.Skipped = append(b.Skipped, rekey.SkippedCount{Reason: reason, Text: reason.Text(), People: n})
	}
	slices.SortFunc(b.Skipped, func(x, y rekey.SkippedCount) int { return cmp.Or(y.People-x.People, cmp.Compare(x.Reason, y.Reason)) })
}

// minute numbers the minutes, in which the people count that an automation has reached.
func (r backtested) minute() int64 { return r.DueAt.Unix() / 60 }

// mails is how many people the run sends a password.
func (r backtested) mails() int {
	if r.Reason != "" {
		return 0
	}
	return r.Reached
}
