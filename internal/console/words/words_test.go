package words

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestEachTextIsThereInEachLanguage(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile(`%(\[\d+\])?[a-z]`)
	seen := map[string]bool{}
	for _, row := range texts() {
		if seen[row.en] {
			t.Errorf("%q stands twice", row.en)
		}
		seen[row.en] = true
		for i, said := range []string{row.en, row.de, row.fr, row.es} {
			if said == "" || said != strings.TrimSpace(said) {
				t.Errorf("%s of %q is %q", tags[i], row.en, said)
			}
			if got, want := verbs.FindAllString(said, -1), verbs.FindAllString(row.en, -1); !slices.Equal(got, want) {
				t.Errorf("%s of %q has the verbs %v, want %v", tags[i], row.en, got, want)
			}
		}
	}
}

func TestFrenchHasNoLineEndInsideQuotesAndBeforeHighSigns(t *testing.T) {
	t.Parallel()
	french := Of("fr")
	breaks := regexp.MustCompile(`« | [»:;?!](\s|$)`)
	for _, row := range texts() {
		if said := french.find(row.en); breaks.MatchString(said) {
			t.Errorf("%q has a blank where a line may end", said)
		}
	}
	if got := french.Say("Please correct %d things:", 2); got != "2 points à corriger\u00a0:" {
		t.Errorf("got %q", got)
	}
}

func TestLanguageIsThatOfTheFirstPreferenceThatIsSpoken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		user, browser, system string
		want                  string
	}{
		{"fr-CH", "de", "es", "fr"},
		{"pt-BR", "de-AT,de;q=0.9,en;q=0.8", "es", "de"},
		{"", "it, es-MX;q=0.5", "fr", "es"},
		{"", "", "fr", "fr"},
		{"", "ja", "de-CH", "de"},
		{"", "*", "", "en"},
		{"", "not a header;;q=x", "", "en"},
		{"", "", "", "en"},
	} {
		if got := Of(c.user, c.browser, c.system).Tag(); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestMessageWithItsValuesIsTranslated(t *testing.T) {
	t.Parallel()
	for english, want := range map[string]string{
		"12 to 128 characters":                                        "12 bis 128 Zeichen",
		"Use 12 to 128 characters; this has 5.":                       "Verwenden Sie 12 bis 128 Zeichen; dies hat 5.",
		"Must not contain your name, address or “Acme (Back) Office”": "Darf weder Ihren Namen noch Ihre Adresse noch „Acme (Back) Office“ enthalten",
		"Leave out your name, your address, “Acme” and “Rekey”.":      "Lassen Sie Ihren Namen, Ihre Adresse, „Acme“ und „Rekey“ weg.",
		"A text that nobody has translated":                           "A text that nobody has translated",
		"Nothing can be stored at the moment: the disk is full. Please try again later, and tell the operator of this server.": "Im Moment lässt sich nichts speichern: die Festplatte ist voll. Bitte versuchen Sie es später noch einmal, und sagen Sie es dem Betreiber dieses Servers.",
	} {
		if got := Of("de").Say(english); got != want {
			t.Errorf("%q: got %q", english, got)
		}
		if got := English.Say(english); got != english {
			t.Errorf("in English %q becomes %q", english, got)
		}
	}
}

func TestMomentIsWrittenAsItsReaderDoes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 13, 4, 5, 0, time.UTC)
	for tag, want := range map[string]string{"en": "25 November 2026, 13:04 UTC", "de": "25.11.2026, 13:04 UTC", "fr": "25/11/2026 à 13:04 UTC", "es": "25/11/2026, 13:04 UTC"} {
		if got := Of(tag).Moment(at); got != want {
			t.Errorf("%s: %q", tag, got)
		}
	}
}

// A text that a page says must have a row here, or it stays English in silence.
func TestEachTextThatAPageSaysIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	for pattern, said := range map[string]*regexp.Regexp{
		"../view/*.html":       regexp.MustCompile(`[{(]t ("(?:[^"\\]|\\.)*")`),
		"../view/parts/*.html": regexp.MustCompile(`[{(]t ("(?:[^"\\]|\\.)*")`),
		"../*.go":              regexp.MustCompile(`\.Say\(("(?:[^"\\]|\\.)*")`),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range said.FindAllStringSubmatch(string(content), -1) {
				found++
				key, err := strconv.Unquote(match[1])
				if err != nil {
					t.Fatal(err)
				}
				if _, known := catalogue()[key]; !known {
					t.Errorf("%s says %q, which is not in the catalogue", file, key)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s says nothing", pattern)
		}
	}
}

func TestPagesSpeakTheLanguagesOfTheMails(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../mail/templates/words.*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if tag := strings.Split(filepath.Base(file), ".")[1]; !slices.Contains(tags, tag) {
			t.Errorf("mails speak %s, and the pages that they lead to do not", tag)
		}
	}
}
