package rekey

import (
	"regexp"
	"regexp/syntax"
)

// Limits of a pattern. Within them it compiles in well under a millisecond and
// matches the longest text in about one. Filters are matched in the transaction
// that stores an event, and all other writers wait for it.
const (
	MaxPatternRepeat = 50  // also the product of nested repeats
	MaxPatternSize   = 300 // instructions of RE2; a{100} has 100
)

// compilePattern compiles an RE2 pattern of at most 255 characters, or returns a
// complaint for people. It measures the pattern before it expands it:
// \w{0,999}\w{0,999}… is short and takes 100 ms.
func compilePattern(pattern string) (re *regexp.Regexp, complaint string) {
	if len(pattern) > MaxEventSource {
		return nil, "The text has at most 255 characters."
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, "This is not a regular expression (RE2): " + err.Error() + "."
	}
	if PatternRepeats(parsed) > MaxPatternRepeat {
		return nil, "A pattern repeats at most 50 times, also when repeats are nested."
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > MaxPatternSize {
		return nil, "This pattern is too large. Use a shorter one."
	}
	if re, err = regexp.Compile(pattern); err != nil {
		return nil, "This is not a regular expression (RE2)."
	}
	return re, ""
}

// PatternRepeats returns the highest product of nested repeat counts.
func PatternRepeats(re *syntax.Regexp) int {
	highest := 1
	for _, sub := range re.Sub {
		highest = max(highest, PatternRepeats(sub))
	}
	if re.Op == syntax.OpRepeat {
		highest *= max(re.Min, re.Max, 1)
	}
	return highest
}
