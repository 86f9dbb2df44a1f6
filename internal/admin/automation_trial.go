package admin

import (
	"context"
	"slices"

	"rekey"
)

// maxTrials is how many runs of a trial are summed up at most.
const maxTrials = 1_000

// TrialSummary says what an automation would have done: its trials since its last run that
// was none.
type TrialSummary struct {
	// Runs counts the trials, Open those that have not ended. More: there are older ones,
	// which are left out.
	Runs, Open int
	More       bool
	// Held counts the trials that would wait for approval, and Stopped those that would
	// have been cancelled, failed or held for another reason.
	Held, Stopped int
	// Tallies counts the deliveries of the trials that would not wait, for people whom the
	// actor may view, by state and reason. HeldPeople counts those of the others. Hidden
	// counts the deliveries for other people.
	Tallies    []rekey.Tally
	HeldPeople int
	Hidden     int64
	// First is the earliest of the trials, and Last the latest; nil if there are none.
	First, Last *rekey.Run
}

// TrialSummary returns what an automation would have done since its last run that was no
// trial.
func (s *Service) TrialSummary(ctx context.Context, actor rekey.SystemUser, automationID string) (TrialSummary, error) {
	var sum TrialSummary
	if _, err := s.Automation(ctx, actor, automationID); err != nil {
		return sum, err
	}
	q := rekey.RunQuery{AutomationID: automationID, Trial: rekey.NoTrials, Limit: 1}
	last, err := s.store.Runs(ctx, q)
	if err != nil {
		return sum, err
	}
	q.Trial, q.Limit = rekey.OnlyTrials, maxTrials+1
	runs, err := s.store.Runs(ctx, q)
	if err != nil {
		return sum, err
	}
	if len(last) > 0 {
		runs = slices.DeleteFunc(runs, func(r rekey.Run) bool { return r.ID < last[0].ID })
	}
	if sum.More = len(runs) > maxTrials; sum.More {
		runs = runs[:maxTrials]
	}
	return sum, s.sumUp(ctx, actor, &sum, runs)
}

// sumUp adds runs, the latest first, to a summary.
func (s *Service) sumUp(ctx context.Context, actor rekey.SystemUser, sum *TrialSummary, runs []rekey.Run) error {
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.ID
	}
	tallies, hidden, err := s.store.Tallies(ctx, ids, actor.Authority().Rank)
	if err != nil {
		return err
	}
	for i := range runs {
		run := &runs[i]
		sum.Runs++
		sum.Hidden += hidden[run.ID]
		switch {
		case run.State == rekey.RunFinished && run.Reason == rekey.ReasonCeiling:
			sum.Held++
			sum.HeldPeople += run.Recipients
			continue
		case run.State == rekey.RunCancelled, run.State == rekey.RunFailed, run.State == rekey.RunFinished && run.Reason != "":
			sum.Stopped++
			continue
		case run.State != rekey.RunFinished:
			sum.Open++
		}
		sum.Tallies = addTallies(sum.Tallies, tallies[run.ID])
	}
	if len(runs) > 0 {
		sum.First, sum.Last = &runs[len(runs)-1], &runs[0]
	}
	return nil
}

// addTallies adds up counts by state and reason.
func addTallies(to, more []rekey.Tally) []rekey.Tally {
next:
	for _, t := range more {
		for i := range to {
			if to[i].State == t.State && to[i].Reason == t.Reason {
				to[i].Count += t.Count
				continue next
			}
		}
		to = append(to, t)
	}
	return to
}
