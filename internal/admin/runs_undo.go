package admin

import (
	"context"
	"slices"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/store"
)

var (
	errUndoMessages = rekey.NewError(rekey.CodeConflict, "The run sends messages, which cannot be taken back. Cancel it if it is not finished.")
	errUndoTrial    = rekey.NewError(rekey.CodeConflict, "The run is a trial: it has sent nothing, so there is nothing to undo.")
	errNothingUndo  = rekey.NewError(rekey.CodeConflict, "The run has ended, and no password that it mailed works any more. There is nothing to undo.")
	errUndone       = rekey.NewError(rekey.CodeConflict, "The run was undone already.")
)

// previewedPeople is about how many people the preview of an undo looks at.
const previewedPeople = 10_000

// PreviewUndo returns what UndoRun would do now, or why it would not. It reads and counts
// at most about 10,000 people.
func (s *Service) PreviewUndo(ctx context.Context, actor rekey.SystemUser, id string) (rekey.UndoPreview, error) {
	p := rekey.UndoPreview{Kept: []rekey.KeptCount{}}
	run, err := s.undoable(ctx, s.store.Queries, actor, id)
	if err != nil {
		return p, err
	}
	if run.Undone() {
		return p, errUndone
	}
	tallies, _, err := s.store.Tallies(ctx, []string{id}, rekey.RankAdministrator)
	if err != nil {
		return p, err
	}
	if underWay(run) {
		p.Unsent = rekey.Unsent(tallies[id])
	}
	kept, counted := map[rekey.Undone]int{}, map[string]bool{}
	for last := ""; ; {
		people, next, err := s.store.Undoing(ctx, id, last, MaxPage)
		if err != nil {
			return p, err
		}
		now := s.now()
		for _, person := range people {
			if len(person.Of(now)) == 0 || counted[person.User.ID] {
				continue
			}
			counted[person.User.ID] = true
			if what := person.Decide(actor.Authority(), now); what == rekey.UndoneEnded {
				p.Ended++
			} else {
				kept[what]++
			}
		}
		if last = next; last == "" {
			break
		}
		if p.AtLeast = len(counted) >= previewedPeople; p.AtLeast {
			break
		}
	}
	for _, why := range rekey.KeptReasons() {
		if n := kept[why]; n > 0 {
			p.Kept = append(p.Kept, rekey.KeptCount{Why: why, Text: why.Text(), People: n})
		}
	}
	if len(counted) == 0 && !underWay(run) {
		return p, errNothingUndo
	}
	return p, nil
}

// UndoRun cancels what a run has not sent, and ends the passwords that it mailed, except
// where people need theirs to get in: see rekey.Undoing. The engine does this part by part.
// If the run was undone before, UndoRun changes nothing. The actor must be allowed to cancel
// the run.
//
// Errors: CodeConflict if the run is a trial, or has ended and has nothing to undo.
func (s *Service) UndoRun(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		run, err := s.undoable(ctx, tx.Queries, actor, id)
		if err != nil || run.Undone() {
			return err
		}
		_, err = tx.UndoRun(ctx, id, actor.ID, s.now())
		return err
	})
	if err != nil {
		return RunView{}, err
	}
	return s.Run(ctx, actor, id)
}

// undoable returns a run that the actor may undo, or that was undone already. A run may have
// half a million deliveries, so its counts decide if they can.
func (s *Service) undoable(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string) (rekey.Run, error) {
	if err := managedRun(ctx, r, actor, id); err != nil {
		return rekey.Run{}, err
	}
	run, err := r.Run(ctx, id)
	if err == nil && !run.SendsPasswords() {
		err = errUndoMessages
	}
	if err != nil || run.Undone() {
		return run, err
	}
	tallies, _, err := r.Tallies(ctx, []string{id}, rekey.RankAdministrator)
	sent := slices.ContainsFunc(tallies[id], mailed)
	switch {
	case err != nil:
		return run, err
	case run.Trial && !sent: // what had a password before it became a trial was sent
		return run, errUndoTrial
	case underWay(run):
		return run, nil
	case !s.now().Before(run.FinishedAt.Add(engine.Lifetime)): // all that it mailed has expired
		return run, errNothingUndo
	case sent:
		return run, nil
	}
	people, _, err := r.Undoing(ctx, id, "", 1) // some of those that failed or were cancelled may have been mailed
	if err == nil && len(people) == 0 {
		err = errNothingUndo
	}
	return run, err
}

// mailed reports whether the passwords of deliveries were mailed, or may be at the moment, and
// may still be used.
func mailed(t rekey.Tally) bool {
	return t.Count > 0 && (t.State == rekey.DeliverySent || t.State == rekey.DeliveryIssued || t.State == rekey.DeliveryDeferred)
}

// MayUndoRun returns nil if the actor may undo a run now, or else why not.
func (s *Service) MayUndoRun(ctx context.Context, actor rekey.SystemUser, id string) error {
	run, err := s.undoable(ctx, s.store.Queries, actor, id)
	if err == nil && run.Undone() {
		err = errUndone
	}
	return err
}
