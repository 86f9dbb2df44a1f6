package password

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rekey"
)

const (
	rememberedCount = 12
	rememberedYear  = 365 * 24 * time.Hour
	rememberedMonth = 30 * 24 * time.Hour

	changesAllowed = 3
	changesWithin  = 24 * time.Hour
)

// Past is a chosen password that was set at some time, including the current one.
type Past struct {
	// Verifier is the stored verifier.
	Verifier string
	// SetAt is when it was set. It was in use until the next one was set.
	SetAt time.Time
}

// History is a user's earlier passwords and changes. The zero value is a user who
// never set a password.
type History struct {
	// Past are the chosen passwords, in any order. Only Classic uses them.
	Past []Past
	// Verify reports whether verifier was made from candidate, as (*Argon2).Matches
	// does. It must be set if Past is not empty.
	Verify func(ctx context.Context, verifier string, candidate rekey.Secret) (bool, error)
	// Changes are the times of completed changes, in any order. Only Classic uses
	// them.
	Changes []time.Time
	// IsMailed reports whether candidate is one of the user's mailed passwords,
	// ignoring case and hyphens, as (*Mailed).Resembles does. No policy allows such
	// a chosen password (OWASP ASVS 5.0 6.4.1). May be nil.
	IsMailed func(candidate rekey.Secret) (bool, error)
}

// checkHistory makes the cheap checks first.
func (p Policy) checkHistory(ctx context.Context, candidate rekey.Secret, history History, now time.Time) error {
	if history.IsMailed != nil {
		mailed, err := history.IsMailed(candidate)
		if err != nil {
			return err
		}
		if mailed {
			return rekey.Invalid(field, "This is the password from the mail. Choose your own.")
		}
	}
	if p != Classic {
		return nil
	}
	if next := nextChange(history.Changes, now); next.After(now) {
		return rekey.Invalid(field, fmt.Sprintf("You can change your password three times in 24 hours. The next change is possible at %s.",
			next.UTC().Format("2006-01-02 15:04 MST")))
	}
	for _, past := range remembered(history.Past, now) {
		same, err := history.Verify(ctx, past.Verifier, candidate)
		if err != nil {
			return fmt.Errorf("password: comparing with an earlier one: %w", err)
		}
		if same {
			return rekey.Invalid(field, "Choose a password that you have not used before. It must differ from your last 12 passwords of the past year, and from all passwords of the past 30 days.")
		}
	}
	return nil
}

// nextChange returns the first moment with fewer than three changes in the 24 hours
// before it, rounded up to the minute.
func nextChange(changes []time.Time, now time.Time) time.Time {
	var recent []time.Time
	for _, at := range changes {
		if at.After(now.Add(-changesWithin)) {
			recent = append(recent, at)
		}
	}
	if len(recent) < changesAllowed {
		return now
	}
	slices.SortFunc(recent, time.Time.Compare)
	next := recent[len(recent)-changesAllowed].Add(changesWithin)
	if rounded := next.Truncate(time.Minute); rounded.Before(next) {
		return rounded.Add(time.Minute)
	}
	return next
}

// remembered returns the passwords that must not be chosen again, newest first: the
// last 12 in use within the past year, and all in use within the past 30 days.
func remembered(past []Past, now time.Time) []Past {
	newest := slices.Clone(past)
	slices.SortStableFunc(newest, func(a, b Past) int { return b.SetAt.Compare(a.SetAt) })
	inUseUntil := now
	for i, p := range newest {
		age := now.Sub(inUseUntil)
		if age > rememberedYear || (i >= rememberedCount && age > rememberedMonth) {
			return newest[:i]
		}
		inUseUntil = p.SetAt
	}
	return newest
}
