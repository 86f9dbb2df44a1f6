package rekey

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// This file is the one place that reads what people type or paste. Forms, files,
// the API, the command line, conditions and the log-in call it, each for its kind of
// text. A text that it cannot read stays as it is, so the check that follows says
// what would be right.

// TypedText returns a text in Unicode's form NFC, without white space and invisible
// characters at both ends. Within the text it drops the
// characters that only break lines (soft hyphen, zero-width space, word joiner,
// byte order mark), and turns each kind of blank into a plain blank. It keeps
// joiners, which some scripts need, and line breaks.
func TypedText(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\u00ad' || r == '\u200b' || r == '\u2060' || r == '\ufeff':
			return -1
		case unicode.Is(unicode.Zs, r):
			return ' '
		default:
			return r
		}
	}, text)
	return norm.NFC.String(strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) }))
}

// TypedAddress returns an email address without what surrounds it in a mail program,
// a spreadsheet or a link: invisible characters, "mailto:" and the question of such a
// link, quotes, angle brackets with the name before them, and separators at the end.
// Wide letters become plain ones.
func TypedAddress(text string) string {
	text = width.Fold.String(text)
	foreign := strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) })
	text = TypedText(strings.Map(func(r rune) rune {
		// Between letters of some scripts a joiner makes another domain.
		if joiner := r == '\u200c' || r == '\u200d'; joiner && foreign || !invisible(r) {
			return r
		}
		return -1
	}, text))
	if name, rest, ok := strings.Cut(text, "<"); ok && Printable(name) && !strings.Contains(name, "@") {
		if address, after, closed := strings.Cut(rest, ">"); closed && unquoted(after) == "" {
			text = address
		}
	}
	text = unquoted(text)
	if scheme, link, ok := strings.Cut(text, ":"); ok && strings.EqualFold(scheme, "mailto") {
		text, _, _ = strings.Cut(link, "?")
		if plain, err := url.PathUnescape(text); err == nil {
			text = unquoted(plain)
		}
	}
	return text
}

// TypedSubject returns the address or id with which an event or a person names a
// system user.
func TypedSubject(text string) string {
	if strings.Contains(text, "@") {
		return TypedAddress(text)
	}
	return TypedText(text)
}

// unquoted returns an address without separators at its end, and without quotation
// marks around it. An apostrophe may begin an address, so it goes only if there is a
// quotation mark at the end, too.
func unquoted(address string) string {
	end := strings.TrimRightFunc(address, func(r rune) bool {
		return unicode.IsSpace(r) || quote(r) || strings.ContainsRune(".,;:", r)
	})
	quoted := strings.ContainsFunc(address[len(end):], quote)
	return strings.TrimLeftFunc(end, func(r rune) bool {
		return unicode.IsSpace(r) || quote(r) && (quoted || !strings.ContainsRune(atextSymbols, r))
	})
}

// TypedLanguage returns a language tag of BCP 47 as it is written: "de-AT" for
// "de_AT", "DE-at" or the locale "de_AT.UTF-8".
func TypedLanguage(text string) string {
	text = TypedText(text)
	locale, _, _ := strings.Cut(text, ".")
	locale, _, _ = strings.Cut(locale, "@")
	tag, err := language.Raw.Parse(strings.Map(func(r rune) rune {
		if r == '_' || unicode.Is(unicode.Pd, r) {
			return '-'
		}
		return r
	}, locale))
	if err != nil {
		return text
	}
	return tag.String()
}

// TypedZone returns the name of a time zone of IANA as it is written: "America/New_York"
// for "america/new york".
func TypedZone(text string) string {
	text = strings.ReplaceAll(TypedText(text), " ", "_")
	for _, written := range []string{text, titled(text), strings.ToUpper(text)} {
		if _, err := LoadZone(written); err == nil {
			return written
		}
	}
	return text
}

// titled begins each word of the name of a zone with a capital letter, except the small
// words of "Port-au-Prince", "Isle_of_Man" and "Dar_es_Salaam".
func titled(zone string) string {
	words := strings.FieldsFunc(zone, func(r rune) bool { return strings.ContainsRune("/_-", r) })
	var b strings.Builder
	for _, word := range words {
		before, after, _ := strings.Cut(zone, word)
		b.WriteString(before)
		if word = strings.ToLower(word); word != "au" && word != "of" && word != "es" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
		zone = after
	}
	return b.String() + zone
}

// TypedSearch returns what people type to find something, without regard to case. An
// address is read as an address.
func TypedSearch(text string) string {
	if strings.ContainsAny(text, "@＠") {
		text = TypedAddress(text)
	}
	return Fold(TypedText(text))
}

// TypedPassword returns the ASCII letters and digits of a mailed password. Mail
// programs and people put hyphens, dashes, blanks, line breaks and quotes between
// and around them. It is not for chosen passwords, where each character counts.
func TypedPassword(text Secret) Secret {
	return NewSecret(strings.Map(func(r rune) rune {
		if isASCIILetterOrDigit(r) {
			return r
		}
		return -1
	}, width.Fold.String(text.Reveal())))
}

// invisible reports the characters that show nothing: format characters, variation
// selectors, fillers and the blank of Braille. It leaves controls, and overrides of
// the direction, which show a text as another one: the checks refuse them.
func invisible(r rune) bool {
	const leftToRight, rightToLeft, braille = '\u202d', '\u202e', '\u2800'
	return r == braille || r != leftToRight && r != rightToLeft &&
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// quote reports quotation marks of all languages, and what is typed for them.
func quote(r rune) bool {
	return unicode.In(r, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"'`´„‚", r)
}
