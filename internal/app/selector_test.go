package app

import (
	"errors"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/selection"
)

// TestSelectionThatTakesTooLongEndsTheCalculation lets the clock run out.
func TestSelectionThatTakesTooLongEndsTheCalculation(t *testing.T) {
	t.Parallel()
	compiler, err := selection.New(selection.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	condition, err := selector{compiler, func() time.Time { return now }}.Compile(`user.email != ""`, 0)
	if err != nil {
		t.Fatal(err)
	}
	ada := rekey.SystemUser{Address: "ada@example.org"}
	if in, err := condition.Match(ada, now); err != nil || !in {
		t.Fatalf("got %v, %v within the budget", in, err)
	}
	now = now.Add(selection.RunBudget().Time + time.Second)
	for range 300 { // the clock is not looked at for every user
		if _, err = condition.Match(ada, now); err != nil {
			break
		}
	}
	if !errors.Is(err, engine.ErrCalculation) {
		t.Errorf("got %v, want an error that fails the run", err)
	}
}
