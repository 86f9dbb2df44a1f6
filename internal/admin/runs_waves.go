package admin

import (
	"context"

	"rekey/internal/store"

	"rekey"
)

// errNoWave refuses what only a run with a wave to come allows.
var errNoWave = rekey.NewError(rekey.CodeConflict, "The run is not being sent, or no wave of it is to come.")

// StopRun stops a run in waves: what has no password yet is held until somebody approves
// the run. The actor must be allowed to cancel it.
func (s *Service) StopRun(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	return s.changeWaves(ctx, actor, id, func(tx *store.Tx) (bool, error) {
		run, err := tx.Run(ctx, id)
		if err != nil || run.State != rekey.RunSending || run.WaveAt.IsZero() {
			return false, err
		}
		return tx.StopRun(ctx, run, rekey.ReasonStoppedByHand, "", s.now())
	})
}

// SendRest makes everybody who waits belong to the next wave of a run, which begins now. The
// actor must be allowed to cancel the run.
func (s *Service) SendRest(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	return s.changeWaves(ctx, actor, id, func(tx *store.Tx) (bool, error) { return tx.SendRest(ctx, id, s.now()) })
}

func (s *Service) changeWaves(ctx context.Context, actor rekey.SystemUser, id string, change func(*store.Tx) (bool, error)) (RunView, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := managedRun(ctx, tx.Queries, actor, id); err != nil {
			return err
		}
		pause, err := tx.Pause(ctx)
		if err != nil {
			return err
		}
		if pause.On() {
			return rekey.NewError(rekey.CodeConflict, "Sending is paused. Resume it first, or cancel the run.")
		}
		changed, err := change(tx)
		if err == nil && !changed {
			err = errNoWave
		}
		return err
	})
	if err != nil {
		return RunView{}, err
	}
	return s.Run(ctx, actor, id)
}
