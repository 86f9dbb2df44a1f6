package rekey_test

import (
	"strings"
	"testing"

	"rekey"
)

// unseen are characters that show nothing, each of another kind.
var unseen = map[string]string{
	"soft hyphen": "\u00ad", "grapheme joiner": "\u034f", "Arabic letter mark": "\u061c", "Hangul filler": "\u115f", "Khmer vowel": "\u17b4",
	"Mongolian vowel separator": "\u180e", "zero-width space": "\u200b", "non-joiner": "\u200c", "joiner": "\u200d", "left-to-right mark": "\u200e",
	"right-to-left mark": "\u200f", "embedding": "\u202a", "end of embedding": "\u202c", "word joiner": "\u2060", "invisible times": "\u2062",
	"isolate": "\u2066", "end of isolate": "\u2069", "blank of Braille": "\u2800", "wide Hangul filler": "\u3164", "variation selector": "\ufe0f",
	"byte order mark": "\ufeff", "narrow Hangul filler": "\uffa0", "annotation": "\ufff9", "tag": "\U000e0041", "other variation selector": "\U000e0100",
}

// blanks are white space, each of another kind.
var blanks = map[string]string{
	"blank": " ", "tab": "\t", "line feed": "\n", "carriage return": "\r", "both": "\r\n", "vertical tab": "\v", "form feed": "\f",
	"next line": "\u0085", "no-break space": "\u00a0", "Ogham": "\u1680", "en quad": "\u2000", "em space": "\u2003", "figure space": "\u2007",
	"thin space": "\u2009", "hair space": "\u200a", "line separator": "\u2028", "paragraph separator": "\u2029", "narrow no-break space": "\u202f",
	"mathematical space": "\u205f", "ideographic space": "\u3000",
}

// quotes are pairs as languages and programs write them.
var quotes = []string{`""`, `''`, "``", "´´", "“”", "‘’", "„“", "‚‘", "»«", "«»", "‹›", "›‹", "＂＂", "＇＇"}

var dashes = map[string]string{
	"none": "", "hyphen": "-", "Unicode's hyphen": "\u2010", "non-breaking hyphen": "\u2011", "figure dash": "\u2012", "en dash": "\u2013",
	"em dash": "\u2014", "bar": "\u2015", "hyphen bullet": "\u2043", "minus": "\u2212", "small dash": "\ufe58", "small hyphen": "\ufe63",
	"wide hyphen": "\uff0d", "soft hyphen": "\u00ad", "wrapped behind the hyphen": "-\r\n", "wrapped with an indent": "-\n\t> ", "underscore": "_",
}

func TestTypedTextHasNothingUnseenAtItsEnds(t *testing.T) {
	t.Parallel()
	for _, kind := range []map[string]string{unseen, blanks} {
		for name, c := range kind {
			if got := rekey.TypedText(c + " " + c + "von Berg" + c + c); got != "von Berg" {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}

func TestTypedTextIsTheTextThatIsSeen(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"von\u00a0Berg": "von Berg", "von\u2009Berg": "von Berg", "Don\u00adau\u200bdampf\ufeff": "Donaudampf",
		"Bu\u0308cher":  "Bücher",
		"می\u200cخواهم": "می\u200cخواهم", "👩\u200d🔬 Ada": "👩\u200d🔬 Ada", // joiners within a text mean something
		"two\nlines": "two\nlines", "": "", "\u200b": "",
	} {
		if got := rekey.TypedText(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestTypedAddressIsTheAddressThatIsMeant(t *testing.T) {
	t.Parallel()
	typed := map[string]string{
		"a link": "mailto:ada@example.org", "a link in capitals": "MailTo:ada@example.org", "a link with a subject": "mailto:ada@example.org?subject=Hi%20there",
		"an encoded link": "mailto:ada%40example.org", "a link in angle brackets": "<mailto:ada@example.org>", "a quoted link": `"mailto:ada@example.org"`,
		"angle brackets": "<ada@example.org>", "a name": "Ada Lovelace <ada@example.org>", "a quoted name": `"Lovelace, Ada" <ada@example.org>;`,
		"a semicolon behind": "ada@example.org;", "a comma behind": "ada@example.org, ", "a full stop behind": "ada@example.org.",
		"wide letters": "ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ",
	}
	for name, c := range blanks {
		typed[name] = c + "ada@example.org" + c
	}
	for name, c := range unseen {
		typed[name] = c + "a" + c + "da@exam" + c + "ple.org" + c
	}
	for _, pair := range quotes {
		marks := []rune(pair)
		typed[pair] = string(marks[0]) + "ada@example.org" + string(marks[1])
	}
	for name, entered := range typed {
		a, err := rekey.ParseAddress(entered)
		if want := (rekey.Address{Entered: "ada@example.org", Key: "ada@example.org", Domain: "example.org"}); err != nil || a != want {
			t.Errorf("%s, %q: got %+v, %v", name, entered, a, err)
		}
		if key := rekey.AddressKey(entered); key != "ada@example.org" {
			t.Errorf("%s, %q: the key is %q", name, entered, key)
		}
	}
}

func TestAnAddressThatIsNotCertainIsRefused(t *testing.T) {
	t.Parallel()
	for name, entered := range map[string]string{
		"an address as a name":       "ada@example.org <eve@example.org>",
		"a joiner in a domain":       "a@نامه\u200cای.com",
		"text behind the brackets":   "Ada <ada@example.org>@example.com",
		"a line break in the name":   "\"eve\r\nRCPT TO:<ada@example.org>\"",
		"brackets that stay open":    "Ada <ada@example.org",
		"a list in a link":           "mailto:ada@example.org,eve@example.org",
		"a line break in a link":     "mailto:ada@example.org%0d%0aBcc:eve@example.org",
		"another scheme":             "https:ada@example.org",
		"an override at the start":   "\u202egro.elpmaxe@ada",
		"an override in the middle":  "ada@\u202egro.elpmaxe",
		"an apostrophe at the start": "'ada",
	} {
		if a, err := rekey.ParseAddress(entered); err == nil {
			t.Errorf("%s, %q: taken as %+v", name, entered, a)
		}
	}
	if a, err := rekey.ParseAddress("'ada@example.org"); err != nil || a.Entered != "'ada@example.org" {
		t.Errorf("an apostrophe that belongs to the address: %+v, %v", a, err)
	}
}

func TestTypedLanguageIsATag(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"de_AT": "de-AT", "DE-at": "de-AT", "pt_BR.UTF-8": "pt-BR", "de_DE@euro": "de-DE", "zh_hant_tw": "zh-Hant-TW", "EN": "en", " fr \u200b": "fr",
		"de‐AT":      "de-AT", // with Unicode's hyphen
		"de–AT":      "de-AT", // with a dash
		"sr-Latn-rs": "sr-Latn-RS", "": "", "German": "German", "C.UTF-8": "C.UTF-8",
	} {
		if got := rekey.TypedLanguage(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestTypedPasswordIsItsLettersAndDigits(t *testing.T) {
	t.Parallel()
	const want = "abcdefGHJKLMnpqrst346779"
	typed := map[string]string{"wide letters": "ａｂｃｄｅｆ－ＧＨＪＫＬＭ－ｎｐｑｒｓｔ－３４６７７９", "a full stop": "abcdef-GHJKLM-npqrst-346779."}
	for _, kind := range []map[string]string{dashes, blanks, unseen} {
		for name, c := range kind {
			typed[name] = strings.Join([]string{"abcdef", "GHJKLM", "npqrst", "346779"}, c) + c
		}
	}
	for _, pair := range quotes {
		marks := []rune(pair)
		typed[pair] = string(marks[0]) + "abcdef-GHJKLM-npqrst-346779" + string(marks[1])
	}
	for name, text := range typed {
		if got := rekey.TypedPassword(rekey.NewSecret(text)); got.Reveal() != want {
			t.Errorf("%s: %q", name, got.Reveal())
		}
	}
}

func TestTypedZoneIsWrittenAsIANAWritesIt(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", "europe/berlin": "Europe/Berlin", " EUROPE/BERLIN\u200b": "Europe/Berlin", "America/New York": "America/New_York",
		"america/new_york": "America/New_York", "america/port-au-prince": "America/Port-au-Prince", "africa/dar es salaam": "Africa/Dar_es_Salaam",
		"utc": "UTC", "gmt": "GMT", "america/argentina/buenos aires": "America/Argentina/Buenos_Aires",
		"": "", "Europe/Belin": "Europe/Belin", "local": "local", "../etc/passwd": "../etc/passwd", "Europe/": "Europe/",
	} {
		if got := rekey.TypedZone(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestTypedSearchFindsWhatIsMeant(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" ADA ": "ada", "Jose\u0301": "josé", "ada\u00a0love": "ada love", "Lo\u00advelace": "lovelace", "mailto:Ada@Example.org": "ada@example.org",
		"Ada Lovelace <ada@example.org>": "ada@example.org", "ada＠example.org": "ada@example.org", "@example": "@example", "": "",
	} {
		if got := rekey.TypedSearch(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
