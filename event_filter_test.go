package rekey_test

import (
	"strings"
	"testing"

	"rekey"
)

// Filters are looked at in the transaction that stores an event: whoever may
// define an automation must not be able to make everybody wait there.
func TestPatternThatCostsTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pattern string
		allowed bool
	}{
		"a usual one":            {`^siem\.(credential|password)_[a-z]{1,20}$`, true},
		"any letters":            {`(?i)\pL+`, true},
		"short repeats":          {`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, true},
		"a long repeat":          {`a{1000}`, false},
		"many long repeats":      {strings.Repeat(`\w{0,999}`, 28), false},
		"optional in a repeat":   {strings.Repeat(`(?:\pL?){999}`, 19), false},
		"repeats in repeats":     {`(((a{10}){10}){10})`, false},
		"many repeats below all": {strings.Repeat(`(?:\pL?\w?){50}`, 16), false},
	}
	for name, test := range tests {
		f := rekey.TextFilter{Operator: rekey.OpMatches, Value: test.pattern}
		err := f.Validate()
		if (err == nil) != test.allowed {
			t.Errorf("%s: %v", name, err)
		}
		// What was stored before the limit was there lets nothing through.
		if !test.allowed && f.Match(strings.Repeat("a", rekey.MaxEventSource)) {
			t.Errorf("%s: matched", name)
		}
	}
}

func TestPatternIsMeasuredBeforeItIsRead(t *testing.T) {
	t.Parallel()
	f := rekey.TextFilter{Operator: rekey.OpMatches, Value: strings.Repeat("(", 1<<20)}
	if err := f.Validate(); err == nil || strings.Contains(err.Error(), "RE2") {
		t.Errorf("%.200v", err)
	}
}
