package password

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
)

const day = 24 * time.Hour

var (
	now       = time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	candidate = rekey.NewSecret("aB3-efgh")
)

// used returns a history of verifiers that are the passwords themselves, each
// set so long before now.
func used(passwords map[string]time.Duration) History {
	h := History{Verify: func(_ context.Context, verifier string, c rekey.Secret) (bool, error) {
		return verifier == c.Reveal(), nil
	}}
	for text, age := range passwords {
		h.Past = append(h.Past, Past{Verifier: text, SetAt: now.Add(-age)})
	}
	return h
}

func TestClassicRemembersWhatWasUsed(t *testing.T) {
	t.Parallel()
	// others are n passwords set an hour apart, the newest so long before now.
	others := func(n int, age time.Duration, with time.Duration) History {
		all := map[string]time.Duration{candidate.Reveal(): with}
		for i := range n {
			all[fmt.Sprint(i)] = age + time.Duration(i)*time.Hour
		}
		return used(all)
	}
	for name, c := range map[string]struct {
		history History
		refused bool
	}{
		"never used":                       {used(map[string]time.Duration{"other": day}), false},
		"in force, however old":            {others(0, 0, 1000*day), true},
		"the 12th of the year":             {others(11, 40*day, 200*day), true},
		"the 13th of the year":             {others(12, 40*day, 200*day), false},
		"the 13th, of the past 30 days":    {others(12, day, 20*day), true},
		"set earlier, in use 20 days ago":  {others(12, 20*day, 200*day), true},
		"replaced a year and a day ago":    {others(1, 366*day, 700*day), false},
		"set long ago, replaced this year": {others(1, 364*day, 700*day), true},
	} {
		err := Classic.Check(t.Context(), candidate, anna, c.history, now)
		if refused := rekey.CodeOf(err) == rekey.CodeInvalid; refused != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err := Modern.Check(t.Context(), rekey.NewSecret("correct horse battery staple"), Subject{}, History{Past: c.history.Past}, now); err != nil {
			t.Errorf("%s: modern has no history: %v", name, err)
		}
	}
}

func TestClassicAllowsThreeChangesADay(t *testing.T) {
	t.Parallel()
	ago := func(ages ...time.Duration) []time.Time {
		var at []time.Time
		for _, age := range ages {
			at = append(at, now.Add(-age))
		}
		return at
	}
	for name, c := range map[string]struct {
		changes []time.Time
		next    string // "" is now
	}{
		"none":                        {nil, ""},
		"two":                         {ago(time.Hour, 2*time.Hour), ""},
		"three":                       {ago(time.Hour, 23*time.Hour, 2*time.Hour), "2026-03-15 13:00 UTC"},
		"three, the oldest a day ago": {ago(time.Hour, 2*time.Hour, day), ""},
		"the next is rounded up":      {ago(0, 0, 23*time.Hour+30*time.Second), "2026-03-15 13:00 UTC"},
		"five":                        {ago(1*time.Hour, 2*time.Hour, 3*time.Hour, 4*time.Hour, 5*time.Hour), "2026-03-16 09:00 UTC"},
	} {
		history := used(nil)
		history.Changes = slices.Clone(c.changes)
		err := Classic.Check(t.Context(), candidate, anna, history, now)
		if (err == nil) != (c.next == "") || (err != nil && !strings.Contains(err.Error(), c.next)) {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(history.Changes, c.changes) {
			t.Errorf("%s: the caller's slice was changed", name)
		}
	}
}

func TestHistoryIsNotAskedAboutATextThatIsRefusedAnyway(t *testing.T) {
	t.Parallel()
	asked := 0
	history := used(map[string]time.Duration{"other": day})
	history.Verify = func(context.Context, string, rekey.Secret) (bool, error) { asked++; return false, nil }
	_ = Classic.Check(t.Context(), rekey.NewSecret("short"), anna, history, now)
	history.Changes = []time.Time{now, now, now}
	_ = Classic.Check(t.Context(), candidate, anna, history, now)
	if asked != 0 {
		t.Fatalf("asked %d times", asked)
	}
}

func TestFailingVerificationIsNotAnAcceptance(t *testing.T) {
	t.Parallel()
	broken := rekey.NewError(rekey.CodeUnavailable, "full")
	history := used(map[string]time.Duration{"other": day})
	history.Verify = func(context.Context, string, rekey.Secret) (bool, error) { return false, broken }
	if err := Classic.Check(t.Context(), candidate, anna, history, now); !errors.Is(err, broken) {
		t.Error(err)
	}
	history = History{IsMailed: func(rekey.Secret) (bool, error) { return false, broken }}
	if err := Classic.Check(t.Context(), candidate, anna, history, now); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestMailedPasswordCannotBeChosen(t *testing.T) {
	t.Parallel()
	m, g, stored := setupMailed(t)
	history := History{IsMailed: func(c rekey.Secret) (bool, error) { return m.Resembles(stored, c, "delivery-1") }}
	for _, policy := range []Policy{Modern, Classic} {
		for _, typed := range []string{
			g.Reveal(), strings.ToLower(g.Reveal()), strings.ToUpper(g.Reveal()), strings.ReplaceAll(g.Reveal(), "-", ""),
			strings.ReplaceAll(strings.ToLower(g.Reveal()), "-", " "), strings.ReplaceAll(g.Reveal(), "-", "\u2013") + "\u200b",
		} {
			err := policy.Check(t.Context(), rekey.NewSecret(typed), anna, history, now)
			if rekey.CodeOf(err) != rekey.CodeInvalid || policy == Modern && !strings.Contains(err.Error(), "the password from the mail") {
				t.Errorf("%s: %q: %v", policy, typed, err)
			}
		}
		if err := policy.Check(t.Context(), rekey.NewSecret("Correct-horse-7-battery"), anna, history, now); err != nil {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

func TestArgon2ServesAsHistoryVerify(t *testing.T) {
	t.Parallel()
	a := setupArgon2(t, Argon2Config{})
	stored, err := a.Hash(t.Context(), candidate)
	if err != nil {
		t.Fatal(err)
	}
	history := History{Past: []Past{{stored, now.Add(-day)}}, Verify: a.Matches}
	if err := Classic.Check(t.Context(), candidate, anna, history, now); rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Fatal(err)
	}
}
