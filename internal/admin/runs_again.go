package admin

import (
	"context"
	"fmt"

	"rekey"
	"rekey/internal/store"
)

// AgainPreview is what SendAgain would do now.
type AgainPreview struct {
	Automation rekey.Automation // which does it
	People     int              // whom the actor may view and who are not in
	// Last is the id of the last event that sends again to the people of the run; "" if
	// there is none.
	Last string
	runs []rekey.Run // that send again, the latest first
}

// PreviewSendAgain returns what SendAgain would do now, or why it would not. It counts
// people whose password the actor may not set: the run says that they are skipped.
func (s *Service) PreviewSendAgain(ctx context.Context, actor rekey.SystemUser, runID string) (AgainPreview, error) {
	p, _, err := s.notIn(ctx, s.store.Queries, actor, runID)
	return p, err
}

// SendAgain sends a new password to the people of a run who are not in: it records
// password.send_requested, which names them. Its run keeps the old passwords, acts with
// the actor's authority, checks everybody as always, and skips who is in by then. last
// is what the actor saw in AgainPreview; nil means whatever it is now. If it was sent
// again since, SendAgain returns that, so that a form that is sent twice makes one run.
//
// Errors: CodeConflict if there is nobody to send to, or the automation does not send.
func (s *Service) SendAgain(ctx context.Context, actor rekey.SystemUser, runID string, last *string) (SendRequest, error) {
	var sent SendRequest
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		sent = SendRequest{}
		found, users, err := s.notIn(ctx, tx.Queries, actor, runID)
		if last != nil && *last != found.Last {
			sent.Event, sent.Runs, err = sentSince(ctx, tx.Queries, found.runs, *last)
			return err
		}
		if err != nil {
			return err
		}
		sent.Event, err = s.runner.Record(ctx, tx, rekey.Event{
			Type: rekey.PasswordSendRequested, Automation: found.Automation.ID, AgainOf: runID, Users: users, PostedBy: actor.ID,
			SourceID: fmt.Sprintf("send again %s %s", runID, found.Last), // one for each that came before it
		})
		if err != nil {
			return err
		}
		sent.Runs, err = tx.RunsOf(ctx, sent.Event.ID)
		return err
	})
	return sent, err
}

// sentSince returns the event and the run that sent again first after the event last.
// again are the runs that send again, the latest first.
func sentSince(ctx context.Context, r store.Queries, again []rekey.Run, last string) (rekey.Event, []rekey.Run, error) {
	for i, run := range again {
		if last == "" && i == len(again)-1 || i+1 < len(again) && again[i+1].EventID == last {
			event, err := r.Event(ctx, run.EventID)
			return event, []rekey.Run{run}, err
		}
	}
	return rekey.Event{}, nil, rekey.Invalid("last", "Give the event that sent again to the people of this run last, or leave it out.")
}

// notIn returns the people of a run who are not in and wait for no mail, if the built-in
// automation would send to them.
func (s *Service) notIn(ctx context.Context, r store.Queries, actor rekey.SystemUser, runID string) (p AgainPreview, users []string, err error) {
	if err := mayRead(actor); err != nil {
		return p, nil, err
	}
	run, err := r.Run(ctx, runID)
	if err != nil {
		return p, nil, err
	}
	if p.runs, err = r.AgainRuns(ctx, runID); err != nil {
		return p, nil, err
	}
	if len(p.runs) > 0 {
		p.Last = p.runs[0].EventID
	}
	if p.Automation, err = r.BuiltInAutomation(ctx, BuiltInSend); err != nil {
		return p, nil, err
	}
	switch {
	case underWay(run):
		err = rekey.NewError(rekey.CodeConflict, "The run has not ended. Send again when it has.")
	case p.Automation.Status != rekey.AutomationActive:
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+p.Automation.Name+"' is not active, so nothing would be sent. Activate the automation first.")
	case !p.Automation.TimeFrame.Contains(s.now()):
		err = rekey.NewError(rekey.CodeConflict, "The time frame of the automation '"+p.Automation.Name+"' has not begun or is over, so nothing would be sent. Change the time frame first.")
	}
	if err != nil {
		return p, nil, err
	}
	for _, standing := range []rekey.Standing{rekey.StandingNotYet, rekey.StandingNoLonger, rekey.StandingNone} {
		list, err := r.Deliveries(ctx, rekey.DeliveryQuery{RunID: runID, Standing: standing, MaxRank: actor.Authority().Rank, Limit: rekey.MaxEventUsers + 1 - len(users)})
		if err != nil {
			return p, nil, err
		}
		for _, d := range list {
			if d.UserID != "" {
				users = append(users, d.UserID)
			}
		}
	}
	switch p.People = len(users); {
	case p.People == 0:
		err = rekey.NewError(rekey.CodeConflict, "Everybody of this run whom you may view is in, was skipped, or waits for a mail. There is nobody to send to again.")
	case p.People > rekey.MaxEventUsers:
		err = rekey.NewError(rekey.CodeConflict, "More than 10,000 people are not in, and one run by hand names at most 10,000. Let an automation send to a selection of them.")
	case p.Automation.EventFilter.User != "":
		err = rekey.NewError(rekey.CodeConflict, "The automation '"+p.Automation.Name+"' is limited to one system user, so nothing would be sent. Change its event filter first.")
	}
	return p, users, err
}

// underWay reports whether a run has not ended.
func underWay(run rekey.Run) bool {
	return run.State == rekey.RunWaiting || run.State == rekey.RunPlanning || run.State == rekey.RunHeld || run.State == rekey.RunSending
}

// AgainRuns lists the runs that send again to the people of a run, the latest first.
func (s *Service) AgainRuns(ctx context.Context, actor rekey.SystemUser, runID string) ([]rekey.Run, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.store.AgainRuns(ctx, runID)
}
