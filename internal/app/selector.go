package app

import (
	"errors"
	"fmt"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/selection"
)

// selector gives the engine each calculation with the budget of a run.
type selector struct {
	compiler *selection.Compiler
	now      func() time.Time
}

// Compile implements engine.Selector.
func (s selector) Compile(expression string) (func(rekey.SystemUser, time.Time) (bool, error), error) {
	program, err := s.compiler.Compile(expression)
	if err != nil {
		return nil, err
	}
	budget := selection.RunBudget()
	budget.Now = s.now
	calculation := program.Start(budget)
	return func(u rekey.SystemUser, now time.Time) (bool, error) {
		in, err := calculation.Match(u, now)
		if errors.Is(err, selection.ErrBudget) {
			err = fmt.Errorf("%w: %w", engine.ErrCalculation, err)
		}
		return in, err
	}, nil
}
