package admin

import (
	"context"

	"rekey"
	"rekey/internal/store"
)

// PauseView is the current pause, if any, and how much waits for its end.
type PauseView struct {
	rekey.Pause

	// Runs counts runs that are due or being planned, Deliveries the
	// unfinished ones.
	Runs, Deliveries Total
}

// Pause returns the current pause with how much waits, or the zero value. By and
// Reason are empty if the actor may not define automations.
func (s *Service) Pause(ctx context.Context, actor rekey.SystemUser) (v PauseView, err error) {
	if v.Pause, err = s.store.Pause(ctx); err != nil || !v.On() {
		return v, err
	}
	runs, deliveries, err := s.store.Backlog(ctx, s.now(), countTo+1)
	v.Runs, _ = totalOf(runs, nil)
	v.Deliveries, _ = totalOf(deliveries, nil)
	if !actor.Authority().MayDefine() {
		v.ByID, v.By, v.Reason = "", "", ""
	}
	return v, err
}

// MayPause reports whether the actor may pause and resume: nil, or why not.
func (s *Service) MayPause(actor rekey.SystemUser) error {
	if !actor.Authority().MayAdminister() {
		return errNotAdministrator
	}
	return nil
}

// PauseSending pauses sending on all nodes: from the commit on, no run is
// executed and no mail is begun. If sending is paused already, it returns that
// pause unchanged.
//
// Errors: CodeForbidden for all but Administrators; CodeInvalid, naming reason.
func (s *Service) PauseSending(ctx context.Context, actor rekey.SystemUser, reason string) (PauseView, error) {
	if err := s.MayPause(actor); err != nil {
		return PauseView{}, err
	}
	p := rekey.Pause{At: s.now(), ByID: actor.ID, By: actor.Name(), Reason: rekey.TypedText(reason)}
	if p.By == "" {
		p.By = actor.Address
	}
	if err := p.Validate(); err != nil {
		return PauseView{}, err
	}
	if err := s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.PutPause(ctx, p)
		return err
	}); err != nil {
		return PauseView{}, err
	}
	return s.Pause(ctx, actor)
}

// Resume ends the pause and starts what waited, the oldest first. Without a
// pause it does nothing. After an error sending is still paused; call it again.
//
// Errors: CodeForbidden for all but Administrators.
func (s *Service) Resume(ctx context.Context, actor rekey.SystemUser) (rekey.Resumed, error) {
	if err := s.MayPause(actor); err != nil {
		return rekey.Resumed{}, err
	}
	if p, err := s.store.Pause(ctx); err != nil || !p.On() {
		return rekey.Resumed{}, err
	}
	return s.runner.Resume(ctx)
}
