package app

import (
	"errors"
	"fmt"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/selection"
)

// selector gives each calculation of the engine the budget of a run.
type selector struct {
	compiler *selection.Compiler
	now      func() time.Time
}

// Compile implements engine.Selector. The time of the budget is for one part of a
// run, its cost for all parts together.
func (s selector) Compile(expression string, spent uint64) (engine.Calculation, error) {
	program, err := s.compiler.Compile(expression)
	if err != nil {
		return nil, err
	}
	budget := selection.RunBudget()
	if spent >= budget.Cost {
		return nil, fmt.Errorf("%w: %w", engine.ErrCalculation, selection.ErrBudget)
	}
	budget.Now, budget.Cost = s.now, budget.Cost-spent
	return calculation{program.Start(budget), spent}, nil
}

type calculation struct {
	*selection.Calculation

	before uint64 // spent by the parts before
}

// Match implements engine.Calculation.
func (c calculation) Match(u rekey.SystemUser, now time.Time) (bool, error) {
	in, err := c.Calculation.Match(u, now)
	if errors.Is(err, selection.ErrBudget) {
		err = fmt.Errorf("%w: %w", engine.ErrCalculation, err)
	}
	return in, err
}

// Spent implements engine.Calculation.
func (c calculation) Spent() uint64 { return c.before + c.Calculation.Spent() }
