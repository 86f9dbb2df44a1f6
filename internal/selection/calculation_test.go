package selection

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
)

// crowded is a user with as many and as long attributes as are allowed.
func crowded() rekey.SystemUser {
	user := ada()
	user.Attributes = map[string]string{}
	for i := range rekey.MaxAttributes {
		user.Attributes[fmt.Sprintf("key%061d", i)] = strings.Repeat("a", rekey.MaxAttributeValue)
	}
	return user
}

func TestWhatCannotBeEvaluatedIsNotSelected(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		`user.rank / 0 == 1`,
		`int(user.first_name) == 1`,
		`timestamp(user.first_name) < now`,
		`now.getHours(user.first_name) == 1`,
		`user.created_at + days(user.rank * 1000000) > now`,
		`int(user.attributes.team) > 3`,
		`["a"][user.rank] == "a"`,
		`{"a": ["b"][user.rank]}["a"] == "b"`,
	} {
		got, err := match(t, expression, ada())
		if got || !errors.Is(err, ErrNotEvaluated) || errors.Is(err, ErrBudget) || errors.Is(err, ErrTooCostly) {
			t.Errorf("%s: %v, %v; want ErrNotEvaluated", expression, got, err)
		}
	}
}

func TestAnErrorConcernsOneUserOnly(t *testing.T) {
	t.Parallel()
	program, err := setup(t).Compile(`int(user.first_name + "7") == 7 || user.attributes.team == "engines"`)
	if err != nil {
		t.Fatal(err)
	}
	calculation := program.Start(RunBudget())
	if got, err := calculation.Match(rekey.SystemUser{FirstName: "Grace", Attributes: map[string]string{"team": "ships"}}, noon); got || !errors.Is(err, ErrNotEvaluated) {
		t.Error(got, err)
	}
	if got, err := calculation.Match(ada(), noon); !got || err != nil {
		t.Error(got, err)
	}
}

// What is expensive is refused when it is saved, or stopped at the first user
// who has enough attributes for it to be expensive.
func TestSelectionsThatCostTooMuchFail(t *testing.T) {
	t.Parallel()
	doubling := `["a"]` + strings.Repeat(`.map(x, x + x)`, 20) + `.size() == 0`
	for name, test := range map[string]struct {
		expression string
		compiles   bool
	}{
		"loop in loop": {`user.attributes.exists(a, user.attributes.exists(b,
			user.attributes[a] + "x" == user.attributes[b]))`, true},
		"cheap loop in loop": {`user.attributes.exists(a, user.attributes.exists(b, a + "x" == b))`, true},
		"loop in loop in loop": {`user.attributes.all(a, user.attributes.all(b, user.attributes.all(c,
			a + b + c != "")))`, false},
		"lists doubling in size":       {`[1]` + strings.Repeat(`.map(x, [x, x])`, 20) + ` == [[1]]`, false},
		"lists hidden in a bound name": {`[1].exists(a, [[a, a]].exists(b, [[b, b]].exists(c, c == c)))`, false},
		"texts doubling in size":       {doubling, true},
		"pattern that explodes":        {`user.email.matches("(.{1000}){1000}")`, false},
		"pattern that is huge":         {`user.email.matches("` + strings.Repeat(".{50}", 30) + `")`, false},
		"pattern that is long":         {`user.email.matches("` + strings.Repeat("a?", 300) + `")`, false},
		"nested repeats":               {`user.email.matches("((a{10}){10}){10}")`, false},
		"pattern on every attribute": {
			`user.attributes.exists(k, user.attributes[k].matches("` + strings.Repeat("a?", 40) + `b"))`, true},
		"time zones in a loop": {
			`user.attributes.exists(a, now.getHours("Europe/Berlin") + now.getMinutes("Asia/Tokyo") + now.getDate("UTC") < 0)`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, err := setup(t).Compile(test.expression)
			if (err == nil) != test.compiles {
				t.Fatalf("compiled %v, want %v: %v", err == nil, test.compiles, err)
			}
			if err != nil {
				if rekey.CodeOf(err) != rekey.CodeInvalid {
					t.Fatal(err)
				}
				return
			}
			calculation := program.Start(RunBudget())
			if got, err := calculation.Match(crowded(), noon); got || !errors.Is(err, ErrTooCostly) || !errors.Is(err, ErrNotEvaluated) {
				t.Errorf("%v, %v; want ErrTooCostly", got, err)
			}
			if spent := calculation.Spent(); spent > 2*DefaultPerUser {
				t.Errorf("stopped only after %d units", spent)
			}
		})
	}
}

func TestBudgetOfCostEndsTheCalculation(t *testing.T) {
	t.Parallel()
	program, err := setup(t).Compile(`user.rank == 2`)
	if err != nil {
		t.Fatal(err)
	}
	one := program.Start(Budget{})
	if got, err := one.Match(ada(), noon); !got || err != nil {
		t.Fatal(got, err)
	}
	calculation := program.Start(Budget{Cost: 3 * one.Spent()})
	for i := range 3 {
		if got, err := calculation.Match(ada(), noon); !got || err != nil {
			t.Fatal(i, got, err)
		}
	}
	for range 3 {
		if got, err := calculation.Match(ada(), noon); got || !errors.Is(err, ErrBudget) {
			t.Fatal(got, err)
		}
	}
}

func TestUsersWhoFailUseUpTheBudget(t *testing.T) {
	t.Parallel()
	program, err := setup(t).Compile(`user.attributes.exists(a, user.attributes.exists(b, a + "x" == b))`)
	if err != nil {
		t.Fatal(err)
	}
	calculation, user := program.Start(Budget{Cost: 5 * DefaultPerUser}), crowded()
	for range 10 {
		if _, err := calculation.Match(user, noon); errors.Is(err, ErrBudget) {
			return
		}
	}
	t.Error("ten users at the limit of each did not use up the budget of five")
}

func TestBudgetOfTimeEndsTheCalculation(t *testing.T) {
	t.Parallel()
	program, err := setup(t).Compile(`user.rank == 2`)
	if err != nil {
		t.Fatal(err)
	}
	clock := noon
	budget := PreviewBudget()
	budget.Now = func() time.Time { return clock }
	calculation := program.Start(budget)
	clock = noon.Add(2 * time.Second)
	if got, err := calculation.Match(ada(), noon); !got || err != nil {
		t.Error(got, err)
	}
	clock = clock.Add(1)
	if got, err := calculation.Match(ada(), noon); got || !errors.Is(err, ErrBudget) {
		t.Error(got, err)
	}
	clock = noon // it stays ended, even if the clock is set back
	if got, err := calculation.Match(ada(), noon); got || !errors.Is(err, ErrBudget) {
		t.Error(got, err)
	}
}

func TestOneProgramServesManyCalculationsAtOnce(t *testing.T) {
	t.Parallel()
	program, err := setup(t).Compile(`user.email.matches("^ada") && user.attributes.exists(k, k == "team")`)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			calculation := program.Start(RunBudget())
			for range 100 {
				if got, err := calculation.Match(ada(), noon); !got || err != nil {
					t.Error(got, err)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkMatch(b *testing.B) {
	for _, expression := range []string{
		BuiltIn().Expression,
		`!user.uses_api && user.password_age_days >= 90`,
		`user.domain == "example.org" && user.attributes[?"team"].orValue("") == "engines"`,
		`user.created_at < now - days(90)`,
		`user.email.matches("^a.*@example[.]org$")`,
	} {
		b.Run(expression, func(b *testing.B) {
			program, err := setup(b).Compile(expression)
			if err != nil {
				b.Fatal(err)
			}
			calculation, user := program.Start(Budget{Time: time.Hour}), ada()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := calculation.Match(user, noon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
