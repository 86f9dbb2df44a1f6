package selection

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"

	"rekey"
)

// Errors of Match.
var (
	// ErrNotEvaluated: the condition could not be evaluated for this user, who is
	// therefore not selected. The text says why and is safe to show.
	ErrNotEvaluated = errors.New("the condition could not be evaluated")
	// ErrTooCostly is an ErrNotEvaluated: the user reached Limits.PerUser.
	ErrTooCostly = errors.New("it takes too long for one system user")
	// ErrBudget: the whole calculation has cost too much. It selects nobody.
	ErrBudget = errors.New("the selection takes too long to calculate")
)

// Budget limits a calculation over many system users.
type Budget struct {
	Cost uint64           // in the units of Limits; 0 means no limit
	Time time.Duration    // from Start; 0 means no limit
	Now  func() time.Time // the clock that Time is measured by; default: time.Now
}

// PreviewBudget is the budget of a preview: 2 s, 10,000,000 units.
func PreviewBudget() Budget { return Budget{Cost: 10_000_000, Time: 2 * time.Second} }

// RunBudget is the budget of a run: 60 s, 500,000,000 units, which is 500 units
// each for a million system users.
func RunBudget() Budget { return Budget{Cost: 500_000_000, Time: time.Minute} }

// Calculation applies a program to many system users within one budget. It is not
// safe for concurrent use.
type Calculation struct {
	program  *Program
	budget   Budget
	deadline time.Time
	spent    uint64
	over     bool
	subject  subject
}

// Start begins a calculation. The budget's time runs from now, by Budget.Now.
func (p *Program) Start(budget Budget) *Calculation {
	if budget.Now == nil {
		budget.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	c := &Calculation{program: p, budget: budget}
	if budget.Time > 0 {
		c.deadline = budget.Now().Add(budget.Time)
	}
	return c
}

// Spent returns what the calculation has cost so far.
func (c *Calculation) Spent() uint64 { return c.spent }

// Match reports whether the condition holds for a system user at a moment; false on
// any error, and false without an error if the result depends on an attribute that
// they lack. ErrNotEvaluated concerns this user alone. After ErrBudget every
// further call returns ErrBudget.
func (c *Calculation) Match(user rekey.SystemUser, now time.Time) (bool, error) {
	if c.over {
		return false, ErrBudget
	}
	c.subject.user, c.subject.now = user, now.UTC()
	out, details, err := c.program.program.Eval(&c.subject)
	if cost := details.ActualCost(); cost != nil {
		c.spent += *cost
	}
	if c.exhausted() {
		c.over = true
		return false, ErrBudget
	}
	if err != nil {
		if c.program.missing(err) {
			return false, nil
		}
		return false, notEvaluated(err)
	}
	matched, ok := out.(types.Bool)
	if !ok {
		return false, fmt.Errorf("%w: the result is not true or false", ErrNotEvaluated)
	}
	return bool(matched), nil
}

// exhausted is checked after each user, whose own cost Limits.PerUser limits.
func (c *Calculation) exhausted() bool {
	return c.budget.Cost > 0 && c.spent > c.budget.Cost ||
		c.budget.Time > 0 && c.budget.Now().After(c.deadline)
}

// costly reports whether an evaluation was stopped at its limit.
func costly(err error) bool {
	var cancelled interpreter.EvalCancelledError
	return errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded
}

func notEvaluated(err error) error {
	if costly(err) {
		return fmt.Errorf("%w: %w", ErrNotEvaluated, ErrTooCostly)
	}
	return fmt.Errorf("%w: %s", ErrNotEvaluated, oneLine(err))
}
