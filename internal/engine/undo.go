package engine

import (
	"context"

	"rekey"
)

// endRun does the phase end of a run, part by part: it cancels what has not begun. If the run
// is undone, it also ends the mailed passwords of those who have a chosen one in force
// without it, and tells them so. Each part decides about its people in the transaction that
// ends their passwords. rekey.Undoing.Decide has the rules.
func (e *Engine) endRun(ctx context.Context, run rekey.Run) error {
	until := e.now().Add(planLimit)
	for run.Phase == rekey.PhaseEnd {
		next := run
		err := e.store.Update(ctx, func(tx Tx) (err error) {
			next, err = e.endPart(ctx, tx, run)
			if err == nil && next.Phase != "" && e.now().After(until) {
				tx.Enqueue(Task{Kind: TaskExecute, RunID: run.ID})
			}
			return err
		})
		if err != nil {
			return unlessElsewhere(err)
		}
		run = next
		e.step(StepPartEnded)
		if e.now().After(until) {
			return nil
		}
	}
	if run.Undone() {
		e.log.Info("run undone", "run_id", run.ID, "by", run.UndoneBy, "passwords_ended", run.UndoneEnded, "passwords_kept", run.UndoneKept)
	}
	return nil
}

func (e *Engine) endPart(ctx context.Context, tx Tx, run rekey.Run) (rekey.Run, error) {
	now := e.now()
	var by rekey.Authority // of nobody, if they were deleted since
	if run.Undone() {
		u, err := tx.User(ctx, run.UndoneBy)
		if unlessGone(err) != nil {
			return run, err
		}
		by = u.Authority()
	}
	next, ended, moved, err := tx.EndPart(ctx, run, now, endStep, func(p rekey.Undoing) rekey.Undone { return p.Decide(by, now) })
	if err == nil && !moved {
		err = errElsewhere
	}
	for _, d := range ended {
		if err == nil {
			err = e.Tell(ctx, tx, QueuedNotice{Kind: NoticeUndone, UserID: d.UserID, Address: d.Address})
		}
	}
	return next, err
}
