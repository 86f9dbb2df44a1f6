package store

import (
	"context"
	"slices"
	"testing"

	"rekey"
)

// tracing notes the statements that a querier runs.
type tracing struct {
	querier
	ran []string
}

func (q *tracing) query(ctx context.Context, query string, args ...any) (rows, error) {
	q.ran = append(q.ran, query)
	return q.querier.query(ctx, query, args...)
}

func (q *tracing) few(ctx context.Context, query string, args ...any) (rows, error) {
	q.ran = append(q.ran, query)
	return q.querier.few(ctx, query, args...)
}

var alikeTests = map[string]func(*testing.T, *fixture){
	// What a stranger types must not be answered faster where nobody has it.
	"TheSameStatementsRunWhoeverIsAskedAbout": func(t *testing.T, f *fixture) {
		var want []string
		for name, u := range map[string]rekey.SystemUser{
			"UI":     f.user(),
			"Hybrid": f.user(func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid }),
			"nobody": {AddressKey: "nobody@example.org"},
		} {
			q := &tracing{querier: f.q}
			asked := Queries{q: q}
			_, missing := asked.UserByKey(f.ctx, u.AddressKey)
			_, none := asked.Credential(f.ctx, u.ID)
			for _, err := range []error{missing, none} {
				if (u.ID == "") != (rekey.CodeOf(err) == rekey.CodeNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if want == nil {
				want = q.ran
			}
			if !slices.Equal(q.ran, want) {
				t.Errorf("%s: %d statements, want %d: %q", name, len(q.ran), len(want), q.ran)
			}
		}
	},
}
