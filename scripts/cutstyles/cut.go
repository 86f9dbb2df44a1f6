package main

import (
	"regexp"
	"slices"
	"strings"
)

// rule is one rule of a style sheet.
type rule struct {
	prelude      string   // the selectors, or an at-rule such as "@media print"
	rules        []rule   // those of @media and @keyframes
	declarations []string // such as "color:red"
}

// cut returns the sheet without what cannot change how a page looks: selectors with a
// class, id or attribute that is not among the words, and custom properties and
// animations that neither the rest of the sheet nor our own styles use. The order of the
// rules stays, and so does the comment with the licence. The server names the character
// set, so @charset is left out.
func cut(sheet, ours string, words map[string]bool) string {
	licence := regexp.MustCompile(`(?s)/\*!.*?\*/`).FindString(sheet)
	sheet = regexp.MustCompile(`(?s)/\*.*?\*/|@charset[^;]*;`).ReplaceAllString(sheet, "")
	rules := matching(parse(sheet), words)
	text := written(rules)
	for before := ""; text != before; { // what is left out may have been the only use of something else
		before = text
		rules = inUse(rules, text+ours)
		text = written(rules)
	}
	return "/* Cut down to what the pages use: make styles. */\n" + licence + "\n" + text
}

// matching returns the rules without selectors that no element of the pages matches.
func matching(rules []rule, words map[string]bool) []rule {
	var kept []rule
	for _, r := range rules {
		switch {
		case strings.HasPrefix(r.prelude, "@media"):
			if r.rules = matching(r.rules, words); len(r.rules) == 0 {
				continue
			}
		case !strings.HasPrefix(r.prelude, "@"):
			selectors := slices.DeleteFunc(split(r.prelude, ','), func(s string) bool { return !canMatch(s, words) })
			if r.prelude = strings.Join(selectors, ","); r.prelude == "" {
				continue
			}
		}
		kept = append(kept, r)
	}
	return kept
}

var (
	brackets = regexp.MustCompile(`\([^()]*\)`)
	names    = regexp.MustCompile(`\[([\w-]+)[^\]]*\]|[.#]([\w-]+)`)
)

// canMatch reports whether all names in a selector are among the words. It does not look
// into round brackets, where :is and :not have alternatives.
func canMatch(selector string, words map[string]bool) bool {
	for brackets.MatchString(selector) {
		selector = brackets.ReplaceAllString(selector, "")
	}
	for _, name := range names.FindAllStringSubmatch(selector, -1) {
		if !words[name[1]+name[2]] {
			return false
		}
	}
	return true
}

// inUse returns the rules without the custom properties and animations that the text
// does not use.
func inUse(rules []rule, text string) []rule {
	var kept []rule
	for _, r := range rules {
		property, isProperty := strings.CutPrefix(r.prelude, "@property ")
		animation, isAnimation := strings.CutPrefix(r.prelude, "@keyframes ")
		switch {
		case isProperty:
			if !reads(text, property) {
				continue
			}
		case isAnimation:
			if !regexp.MustCompile(`animation(-name)?:[^;}]*` + regexp.QuoteMeta(animation)).MatchString(text) {
				continue
			}
		default:
			r.rules = inUse(r.rules, text)
			r.declarations = slices.DeleteFunc(slices.Clone(r.declarations), func(d string) bool {
				name, _, _ := strings.Cut(d, ":")
				return strings.HasPrefix(name, "--") && !reads(text, name)
			})
			if len(r.rules)+len(r.declarations) == 0 {
				continue
			}
		}
		kept = append(kept, r)
	}
	return kept
}

// reads reports whether the text reads a custom property.
func reads(text, property string) bool {
	return strings.Contains(text, "var("+property+")") || strings.Contains(text, "var("+property+",")
}
