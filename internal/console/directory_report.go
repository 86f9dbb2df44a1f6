package console

import (
	"maps"
	"slices"
	"time"

	"rekey/internal/console/view"
	"rekey/internal/directory"
)

// maxClock is how far the clock of a directory may be off before the page warns.
const maxClock = time.Minute

// policyFacts are the rules of a directory for passwords.
func policyFacts(p directory.Policy) []view.Fact {
	if p.Unknown {
		return []view.Fact{{Label: "Policy", Text: "Rekey cannot read it, so it revokes no password there."}}
	}
	or := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	return []view.Fact{
		{Label: "Shortest password", Text: or(p.MinLength > 0, view.Plural(p.MinLength, "character", "characters"), "no limit")},
		{Label: "Several kinds of characters", Text: or(p.Complex, "wanted, and no part of the name", "not wanted")},
		{Label: "Earlier passwords refused", Text: or(p.History > 0, view.Count(p.History), "none")},
		{Label: "Shortest time between changes", Text: or(p.MinAge > 0, view.Took(p.MinAge), "none")},
		{Label: "Passwords expire after", Text: or(p.MaxAge > 0, view.Took(p.MaxAge), "never")},
		{Label: "Old password needed for a change", Text: or(p.NeedsOld, "Yes: Rekey cannot set passwords of these accounts", "No")},
	}
}

// countFacts are the numbers of accounts below the base.
func countFacts(n directory.Counts) []view.Fact {
	return []view.Fact{
		{Label: "Accounts", Text: view.Count(n.Accounts)}, {Label: "Without address", Text: view.Count(n.WithoutAddress)},
		{Label: "Programs (API users)", Text: view.Count(n.Programs)}, {Label: "Protected", Text: view.Count(n.Protected)},
		{Label: "Blocked or locked", Text: view.Count(n.Blocked)},
	}
}

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }
