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
		accounts, err := e.undoneAccounts(ctx, run)
		if err != nil {
			return err
		}
		err = e.store.Update(ctx, func(tx Tx) (err error) {
			next, err = e.endPart(ctx, tx, run, accounts)
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

// undoneAccounts reads the accounts of the users of directories whom the next part of an undo
// looks at, by user id. No mailed password ends on the word of an old import.
func (e *Engine) undoneAccounts(ctx context.Context, run rekey.Run) (map[string]LiveAccount, error) {
	if !run.Undone() || e.directories == nil {
		return nil, nil
	}
	people, _, err := e.store.Undoing(ctx, run.ID, run.Place, endStep)
	var users []rekey.SystemUser
	for _, p := range people {
		if !p.User.Directory.BuiltIn() {
			users = append(users, p.User)
		}
	}
	if err != nil || len(users) == 0 {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ReadTime)
	defer cancel()
	return e.directories.Read(ctx, users), nil
}

// withAccount returns a person with their account as it is now in their directory. If that
// is not known, or if somebody has set another password there, it is not sure that they can
// log in.
func withAccount(p rekey.Undoing, accounts map[string]LiveAccount) rekey.Undoing {
	live, read := accounts[p.User.ID]
	switch {
	case p.User.Directory.BuiltIn():
	case !read || live.Reason != "" || live.Blocked || live.Account.Token != p.User.Directory.Token:
		p.Unsure = true
	default:
		p.User.Directory = live.Account
	}
	return p
}

func (e *Engine) endPart(ctx context.Context, tx Tx, run rekey.Run, accounts map[string]LiveAccount) (rekey.Run, error) {
	now := e.now()
	var by rekey.Authority
	if run.Undone() {
		u, err := tx.User(ctx, run.UndoneBy)
		if unlessGone(err) != nil {
			return run, err
		}
		by = u.Authority() // may do nothing if they were deleted or blocked since
	}
	next, ended, moved, err := tx.EndPart(ctx, run, now, endStep, func(p rekey.Undoing) rekey.Undone {
		return withAccount(p, accounts).Decide(by, now)
	})
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
