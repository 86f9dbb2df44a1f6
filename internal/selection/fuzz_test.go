package selection

import (
	"errors"
	"testing"

	"rekey"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		"!user.uses_api", `user.typo == "x"`, `user.attributes.exists(a, a.matches("^x{3}"))`, "((", "\xff", "'",
		`user.attributes[?"team"].orValue("") == "x" && user.created_at < now - days(3)`, `[1].map(x, [x, x]) == []`,
		`{"a": 1}["a"] in [1u, 2u]`, `has(user.attributes.x) ? 1.5 > 2.0 : timestamp("2026-01-01T00:00:00Z") > now`,
		`user.?attributes.?team.hasValue()`, "a.b.c{d: 1}", "`x`", `"\u00e4" == '''x'''`, `SystemUser{}`, `now.getHours("Local") == 1`,
	} {
		f.Add(s)
	}
}

// FuzzCompile: whatever the text, it is refused in words or it can be
// calculated within its limits; nothing panics.
func FuzzCompile(f *testing.F) {
	seeds(f)
	compiler := setup(f)
	f.Fuzz(func(t *testing.T, expression string) {
		program, err := compiler.Compile(expression)
		if err != nil {
			var problem *ExpressionError
			if rekey.CodeOf(err) != rekey.CodeInvalid || !errors.As(err, &problem) || problem.Line < 1 || problem.Column < 1 {
				t.Fatalf("%q: %v", expression, err)
			}
			return
		}
		for _, user := range []rekey.SystemUser{{}, ada(), crowded()} {
			calculation := program.Start(Budget{})
			got, err := calculation.Match(user, noon)
			if err != nil && (got || !errors.Is(err, ErrNotEvaluated)) {
				t.Fatalf("%q: %v, %v", expression, got, err)
			}
			if calculation.Spent() > 10*DefaultPerUser {
				t.Fatalf("%q: spent %d", expression, calculation.Spent())
			}
		}
	})
}

// FuzzParse: rows that are read say the same as the text.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, expression string) {
		rows, ok := Parse(expression)
		if !ok {
			return
		}
		rendered, err := Render(rows)
		if err != nil {
			t.Fatalf("%q: %v", expression, err)
		}
		again, ok := Parse(rendered)
		if !ok || len(again.Rows) != len(rows.Rows) {
			t.Fatalf("%q became %q", expression, rendered)
		}
	})
}
