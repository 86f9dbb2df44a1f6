package admin

import (
	"context"
	"time"

	"rekey/internal/store"

	"rekey"
)

// RunView is a run with the results of its deliveries.
type RunView struct {
	rekey.Run
	Automation string        // its name; "" if it was deleted
	Event      string        // the name of its event
	AgainOf    string        // the id of the run to whose people it sends again; "" for other runs
	Tallies    []rekey.Tally // of the deliveries of those whom the actor may view
	Hidden     int64         // how many deliveries the actor may not view
	// People counts those whom the actor may view, each once.
	People rekey.InCounts
	// Postponed is until when its queued deliveries wait because no mail can be
	// sent; zero if they do not, and in lists. Revokes: they are to revoke passwords.
	Postponed time.Time
	Revokes   bool
	// Waves are those of a run that is held for approval or has a wave to come; zero for
	// others, and in lists.
	Waves rekey.Waves
}

// Run returns a run by its id. The actor must be allowed to define automations.
func (s *Service) Run(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	if err := mayRead(actor); err != nil {
		return RunView{}, err
	}
	run, err := s.store.Run(ctx, id)
	if err != nil {
		return RunView{}, err
	}
	views, err := s.viewRuns(ctx, actor, []rekey.Run{run})
	if err != nil {
		return RunView{}, err
	}
	view := views[0]
	if run.Held() || !run.WaveAt.IsZero() {
		a, err := s.store.Automation(ctx, run.AutomationID)
		if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return RunView{}, err
		}
		view.Waves = a.SendParams().WavesFor(a, run.AskedBy)
	}
	if run.State == rekey.RunSending {
		view.Postponed, view.Revokes, err = s.store.Postponed(ctx, id, s.now())
	}
	return view, err
}

func (s *Service) viewRuns(ctx context.Context, actor rekey.SystemUser, runs []rekey.Run) ([]RunView, error) {
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.ID
	}
	tallies, hidden, err := s.store.Tallies(ctx, ids, actor.Authority().Rank)
	if err != nil {
		return nil, err
	}
	overtaken, err := s.store.Overtaken(ctx, ids, actor.Authority().Rank)
	if err != nil {
		return nil, err
	}
	automations, events, err := s.store.RunTitles(ctx, ids...)
	if err != nil {
		return nil, err
	}
	views := make([]RunView, len(runs))
	for i, run := range runs {
		views[i] = RunView{
			Run: run, Automation: automations[run.ID], Event: events[run.ID].Title(), AgainOf: events[run.ID].AgainOf, Tallies: tallies[run.ID], Hidden: hidden[run.ID],
		}
		if run.SendsPasswords() {
			views[i].People = rekey.CountIn(tallies[run.ID]).Without(rekey.CountIn(overtaken[run.ID]))
		}
	}
	return views, nil
}

// RunAutomations returns the names of the automations of runs, by the runs'
// ids. The name of a deleted automation is "".
func (s *Service) RunAutomations(ctx context.Context, actor rekey.SystemUser, runIDs []string) (map[string]string, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	names, _, err := s.store.RunTitles(ctx, runIDs...)
	return names, err
}

// MayManageRun returns nil if the actor may cancel a run and retry its
// deliveries, or else why not.
func (s *Service) MayManageRun(ctx context.Context, actor rekey.SystemUser, id string) error {
	return managedRun(ctx, s.store.Queries, actor, id)
}

// CancelRun ends an unfinished run. Deliveries without a password get none, and
// begun ones are not tried again. Those whose old password was revoked are: the
// mail is the only way in for their users.
func (s *Service) CancelRun(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := managedRun(ctx, tx.Queries, actor, id); err != nil {
			return err
		}
		cancelled, err := tx.CancelRun(ctx, id, rekey.ReasonCancelledByHand, s.now())
		if err == nil && !cancelled {
			err = rekey.NewError(rekey.CodeConflict, "The run has already ended.")
		}
		return err
	})
	if err != nil {
		return RunView{}, err
	}
	return s.Run(ctx, actor, id)
}

// managedRun returns nil if the actor may cancel a run or retry its deliveries:
// they asked for it, or may change its automation. If the automation was
// deleted, only Administrators may.
func managedRun(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string) error {
	if err := mayRead(actor); err != nil {
		return err
	}
	run, err := r.Run(ctx, id)
	if err != nil || run.ActsFor != "" && run.ActsFor == actor.ID {
		return err
	}
	a, err := r.Automation(ctx, run.AutomationID)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return err
	}
	return mayManage(ctx, r, actor, a.OwnerID) // "" if it is gone
}

// Delivery returns a delivery by its id, without its secrets.
func (s *Service) Delivery(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Delivery, error) {
	d, err := s.viewedDelivery(ctx, actor, id)
	if err != nil {
		return rekey.Delivery{}, err
	}
	list := []rekey.Delivery{d}
	err = s.shown(ctx, actor, list)
	return list[0], err
}

// RetryDelivery makes another delivery for one that ended without success. The engine
// checks again whether they may get one.
func (s *Service) RetryDelivery(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Delivery, error) {
	d, err := s.viewedDelivery(ctx, actor, id)
	if err != nil {
		return rekey.Delivery{}, err
	}
	if err := managedRun(ctx, s.store.Queries, actor, d.RunID); err != nil {
		return rekey.Delivery{}, err
	}
	next, err := s.runner.Retry(ctx, id, actor.Authority())
	if err != nil {
		return rekey.Delivery{}, err
	}
	list := []rekey.Delivery{next}
	err = s.shown(ctx, actor, list)
	return list[0], err
}

// viewedDelivery returns a delivery if the actor may view its user, or if it has
// no user.
func (s *Service) viewedDelivery(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Delivery, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Delivery{}, err
	}
	d, err := s.store.Delivery(ctx, id)
	if err != nil || d.UserID == "" {
		return d, err
	}
	u, err := s.store.User(ctx, d.UserID)
	switch {
	case rekey.CodeOf(err) == rekey.CodeNotFound:
		return d, nil // the user was deleted
	case err != nil:
		return rekey.Delivery{}, err
	case !actor.Authority().MayView(u):
		return rekey.Delivery{}, rekey.NewError(rekey.CodeNotFound, "Delivery not found.")
	}
	return d, nil
}

// hiddenAddress stands for the address of somebody whom the reader may not view.
const hiddenAddress = "somebody that you may not view"

// shown clears the fields of deliveries that must not leave the server, and those of messages
// that name somebody whom the actor may not view.
func (s *Service) shown(ctx context.Context, actor rekey.SystemUser, list []rekey.Delivery) error {
	var addresses []string
	for i := range list {
		d := &list[i]
		d.Verifier, d.Sealed, d.Form, d.Claim = "", nil, nil, ""
		if d.Message() {
			addresses = append(addresses, d.Subject)
			if d.State.Unfinished() {
				d.ReplacedBy = "" // nothing has replaced it yet
			}
		}
	}
	if len(addresses) == 0 || actor.Authority().MayAdminister() {
		return nil
	}
	found, err := s.store.FindUsers(ctx, addresses)
	for i := range list {
		d := &list[i]
		if u, known := found[d.Subject]; known && d.Message() && !actor.Authority().MayView(u) {
			d.Subject, d.Address, d.ReplyText = hiddenAddress, "", ""
		}
	}
	return err
}
