// Package words has the texts of the pages that Members and visitors see, in the
// languages of the mails. It is the one catalogue of the console: a page that is not in
// it yet is in English.
//
// Each text is a row with all languages. English is also its key, so a template says
// {{t "Log in"}} and Go says language.Say("Log in"). A text that is not in the catalogue
// is returned as it is. To translate a page, wrap its texts and add the rows: the tests
// of this package find a row without a language.
package words

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
)

// text is one text in each language. It may have verbs of the package fmt; then all
// languages have the same ones.
type text struct{ en, de, fr, es string }

// Language says texts in one language. The zero value is English.
type Language struct{ at int }

// English is the language of the pages that only those who define automations see.
var English Language

// tags are in the order of the fields of text.
var tags = []string{"en", "de", "fr", "es"}

var matcher = func() language.Matcher {
	var known []language.Tag
	for _, tag := range tags {
		known = append(known, language.Make(tag))
	}
	return language.NewMatcher(known)
}()

// Languages returns all languages, English first.
func Languages() []Language {
	list := make([]Language, len(tags))
	for i := range list {
		list[i].at = i
	}
	return list
}

// Of returns the language of the first preference that there is a language for, English
// if there is none. A preference is a tag of BCP 47 or the value of an Accept-Language
// header; "" is none.
func Of(preferences ...string) Language {
	_, at := language.MatchStrings(matcher, preferences...)
	return Language{at}
}

// Tag is the tag of the language in BCP 47, without a region.
func (l Language) Tag() string { return tags[l.at] }

// Say returns a text of the catalogue with its arguments, as fmt.Sprintf does. Without
// arguments it also knows the messages that come with theirs filled in, such as "Use 12
// to 128 characters; this has 5."
func (l Language) Say(english string, args ...any) string {
	said := l.find(english)
	if len(args) > 0 {
		return fmt.Sprintf(said, args...)
	}
	if l != English && said == english {
		return l.sayFilled(english)
	}
	return said
}

// find returns the text with that key, or the key.
func (l Language) find(english string) string {
	if row, known := catalogue()[english]; known && l != English {
		return row[l.at]
	}
	return english
}

// sayFilled finds the message that a finished text was made of, and says it with the
// same values.
func (l Language) sayFilled(english string) string {
	for _, p := range patterns() {
		if values := p.expression.FindStringSubmatch(english); values != nil {
			var args []any
			for _, value := range values[1:] {
				args = append(args, l.find(value))
			}
			return fmt.Sprintf(strings.ReplaceAll(l.find(p.english), "%d", "%s"), args...)
		}
	}
	return english
}

// Moment writes a moment to the minute, with its zone.
func (l Language) Moment(at time.Time) string { return at.Format(l.find(layoutMoment)) }

// Layouts of moments, as the package time has them. They are texts like others.
const (
	layoutMoment = "2 January 2006, 15:04 MST"
	layoutExact  = "2 January 2006, 15:04:05 MST"
	layoutDay    = "2 January 2006"
)

// Exact writes a moment to the second, with its zone.
func (l Language) Exact(at time.Time) string { return at.Format(l.find(layoutExact)) }

// Day writes the day of a moment.
func (l Language) Day(at time.Time) string { return at.Format(l.find(layoutDay)) }

// Keys returns the English texts of the catalogue.
func Keys() []string {
	var keys []string
	for _, t := range texts() {
		keys = append(keys, t.en)
	}
	return keys
}

// catalogue has all texts by their keys.
var catalogue = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for _, t := range texts() {
		all[t.en] = []string{t.en, t.de, withNoBreaks.Replace(t.fr), t.es}
	}
	return all
})

func texts() []text {
	return slices.Concat(frameTexts, doorTexts, changeTexts, directoryTexts, accountTexts, tokenTexts, helpTexts, errorTexts, messages)
}

// withNoBreaks writes French as it is set: no line ends inside quotation marks and
// before the high signs.
var withNoBreaks = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»", " :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!")

// pattern is a message with verbs, and the expression for it with values filled in.
type pattern struct {
	english    string
	expression *regexp.Regexp
}

var patterns = sync.OnceValue(func() []pattern {
	var list []pattern
	for _, m := range messages {
		quoted := regexp.QuoteMeta(m.en)
		quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, "%d", `(\d+)`), "%s", `(.+?)`)
		list = append(list, pattern{m.en, regexp.MustCompile("^" + quoted + "$")})
	}
	return list
})
