package password

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rekey"
)

// Policy is the rules for chosen passwords. The zero value is Modern.
type Policy string

// The presets.
const (
	// Modern checks length and how easy the password is to guess: 12 to 128
	// characters, any Unicode after NFC, no common password, without the user's
	// name or address, the system's name or the product's, an estimated strength of at least 3 of
	// 4. It has no rules of composition and no history (NIST SP 800-63B-4 §3.1.1.2,
	// OWASP ASVS 5.0 6.2).
	Modern Policy = "modern"
	// Classic needs 8 to 128 characters with lower case, upper case, digit and
	// symbol. It forbids the last 12 passwords in use within the past year, all in
	// use within the past 30 days, and more than three changes in 24 hours.
	Classic Policy = "classic"
)

// The names of the rules, for translations and for the page that ticks them off.
const (
	RuleText     = "text"     // both: characters that can be typed into a form
	RuleLength   = "length"   // both
	RuleCommon   = "common"   // Modern
	RulePersonal = "personal" // Modern
	RuleStrength = "strength" // Modern
	RuleLower    = "lower"    // Classic
	RuleUpper    = "upper"    // Classic
	RuleDigit    = "digit"    // Classic
	RuleSymbol   = "symbol"   // Classic
)

const (
	modernLength  = 12  // characters
	classicLength = 8   // characters
	maxLength     = 128 // characters

	// field is the field that errors name.
	field = "new_password"
)

// Rule is one condition and whether a candidate fulfils it.
type Rule struct {
	// Name is one of the Rule constants.
	Name string `json:"name"`
	// Text is the condition as a short phrase in English.
	Text string `json:"text"`
	// Satisfied says whether the candidate fulfils it.
	Satisfied bool `json:"satisfied"`

	broken string // the sentence for a candidate that breaks it
}

// ParsePolicy returns the preset of that name, Modern for "".
func ParsePolicy(name string) (Policy, error) {
	switch p := Policy(name); p {
	case "":
		return Modern, nil
	case Modern, Classic:
		return p, nil
	}
	return "", rekey.Invalid("password_policy", `The password policy must be "modern" or "classic".`)
}

// Rules returns the conditions on the text of candidate, in the order of the page.
// History and the frequency of changes are not among them: only Check tests those,
// at the cost of Argon2. Rules takes as long as Strength.
func (p Policy) Rules(candidate rekey.Secret, subject Subject) []Rule {
	text := Normalize(candidate).Reveal()
	rules := []Rule{textRule(text)}
	if p == Classic {
		return append(append(rules, lengthRule(text, classicLength)), classRules(text)...)
	}
	return append(append(rules, lengthRule(text, modernLength)), guessRules(text, subject)...)
}

// Check returns nil if candidate may become subject's chosen password at now.
// Otherwise it returns an *rekey.Error of CodeInvalid, with one message about
// "new_password" for each broken rule. It checks history only if the text is valid,
// because each entry costs a verification.
//
// Other errors: those of history's functions.
func (p Policy) Check(ctx context.Context, candidate rekey.Secret, subject Subject, history History, now time.Time) error {
	var problems rekey.Problems
	for _, rule := range p.Rules(candidate, subject) {
		if !rule.Satisfied {
			problems.Add(field, rule.broken)
		}
	}
	if err := problems.Err(); err != nil {
		return err
	}
	return p.checkHistory(ctx, candidate, history, now)
}

func textRule(text string) Rule {
	return Rule{
		Name: RuleText, Text: "No line breaks or other control characters",
		// A form drops line ends, and HTTP Basic forbids control characters
		// (RFC 7617 §2): a password with them could not be entered again.
		Satisfied: utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl),
		broken:    "Leave out line breaks and other control characters.",
	}
}

func lengthRule(text string, least int) Rule {
	n := utf8.RuneCountInString(text)
	return Rule{
		Name: RuleLength, Text: fmt.Sprintf("%d to %d characters", least, maxLength),
		Satisfied: n >= least && n <= maxLength,
		broken:    fmt.Sprintf("Use %d to %d characters; this has %d.", least, maxLength, n),
	}
}

func guessRules(text string, subject Subject) []Rule {
	avoid, system := subject.avoid(), subject.systemName()
	personal := fmt.Sprintf("Leave out your name, your address and “%s”.", system)
	if !strings.Contains(fold(system), product) {
		personal = fmt.Sprintf("Leave out your name, your address, “%s” and “%s”.", system, productName)
	}
	return []Rule{
		{
			Name: RuleCommon, Text: "Not a common password", Satisfied: text != "" && !isCommon(text),
			broken: "This is one of the most common passwords. Choose another one.",
		},
		{
			Name: RulePersonal, Text: fmt.Sprintf("Must not contain your name, address or “%s”", system),
			Satisfied: text != "" && !containsAny(fold(text), avoid),
			broken:    personal,
		},
		{
			Name: RuleStrength, Text: "Hard to guess", Satisfied: strength(text, avoid) >= strengthFloor,
			broken: "This password is easy to guess. Combine several words that do not belong together.",
		},
	}
}

func containsAny(folded string, avoid []string) bool {
	if strings.Contains(folded, product) {
		return true
	}
	for _, part := range avoid {
		if strings.Contains(folded, part) {
			return true
		}
	}
	return false
}

func classRules(text string) []Rule {
	symbol := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !unicode.IsControl(r) && r != utf8.RuneError
	}
	return []Rule{
		{RuleLower, "A lower-case letter", strings.ContainsFunc(text, unicode.IsLower), "Add a lower-case letter."},
		{RuleUpper, "An upper-case letter", strings.ContainsFunc(text, unicode.IsUpper), "Add an upper-case letter."},
		{RuleDigit, "A digit", strings.ContainsFunc(text, unicode.IsDigit), "Add a digit."},
		{RuleSymbol, "A symbol, such as - or !", strings.ContainsFunc(text, symbol), "Add a symbol, such as - or !."},
	}
}
