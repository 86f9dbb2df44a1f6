package mail

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/password"
)

func TestOverrideOfTemplates(t *testing.T) {
	t.Parallel()
	const good = "{{.Hello}}\n{{.Password}}\n{{.Until}}\n"
	words, err := builtIn.ReadFile("templates/words.en.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, content, complaint string }{
		{"password.txt", good, ""},
		{"password.de.txt", good, ""},
		{"words.it.txt", string(words), ""},
		{"password.txt", "{{.Hello}}\n{{.Password}", "password.txt:2:"},
		{"password.txt", "{{.Hello}}\n{{.Passwort}}\n", "password.txt:2:"},
		{"password.txt", "{{.Hello}}\n\n{{template \"nothing\" .}}\n" + good, "password.txt:3:"},
		{"password.txt", "{{.Until}}\n", "password.txt:1: the text part needs .Password exactly once"},
		{"password.txt", good + "\n{{.Password}}\n", "password.txt:2: the text part needs .Password exactly once"},
		{"password.txt", "{{.Until}}\n\nIt is {{.Password}}.\n", "password.txt:3: .Password must be alone"},
		{"password.txt", "{{if eq .Reader \"api\"}}{{.Nope}}{{end}}" + good, "password.txt:1:"},
		{"password.txt", "{{.Hello}}\n{{.Password}}\n", "password.txt:1: it must say until when"},
		{"password.html", "<p>{{.Until}}</p>\n<a href=\"https://x/{{.Password}}\">x</a>", "password.html:2: data of the reader"},
		{"password.html", "<p>{{.Until}}</p>\n<p>{{.Password}}</p>\n<img src=\"https://x/\">", "password.html:3: a mail must not load anything"},
		{"password.html", "<p>{{.Until}}</p>\n<p>{{.Password}}", ""},
		{"password.html", "<title>\n{{.Password}}</title>{{.Until}}", "password.html:2: data of the reader"},
		{"password.html", "<p style=\"display:none\">{{.Until}}\n{{.Password}}</p>", "password.html:2: .Password must not be in a hidden element"},
		{"password.html", "<p>{{.Until}}</p>\n<p {{.Password}}", "password.html"},
		{"notice.txt", "{{.Hello}}\n{{.Count}} {{.Held}} {{.Automation}}\n", "notice.txt:1: if .AddressChanged is true"},
		{"notice.html", "<p>{{.Hello}}</p>\n{{if .AddressChanged}}{{end}}", "notice.html:2: if .AddressChanged is true"},
		{"notice.txt", "{{.Hello}}\n{{.Directory}}\n", "notice.txt:1: if .Undone is true"},
		{"notice.html", "<p>{{.Directory}}</p>", "notice.html:1: if .Undone is true"},
		{"notice.txt", "{{.Hello}}\n{{.Directory}} {{.Since}}\n", "notice.txt:1: if .Remind is true"},
		{"notice.html", "<p>{{.Directory}} {{.Since}}</p>", "notice.html:1: if .Remind is true"},
		{"notice.txt", "{{.Hello}}\n{{.Directory}}{{.Since}}{{.Expires}}\n", "notice.txt:1: it must show each of .Lines"},
		{"notice.html", "<p>{{.Directory}}{{.Since}}{{.Expires}}{{.Automation}}{{.Link}}</p>", "notice.html:1: it must show each of .Lines"},
		{"notice.html", "<p>{{.Directory}}{{.Since}}{{.Expires}}{{range .Lines}}{{.Automation}}{{.Link}}{{end}}</p>", "notice.html:1: it must show each of .Lines"},
		{"notice.txt", "{{.Password}}", "notice.txt:1: a notice must not contain a password"},
		{"words.de.txt", "{{define \"months\"}}Januar{{end}}", "words.de.txt:1:"},
		{"words.de.txt", strings.Replace(string(words), "{{define \"why\"}}", "{{define \"wherefore\"}}", 1), "not defined"},
		{"words.de.txt", strings.Replace(string(words), "Your new password for {{.System}}", "{{.Password}}", 1), "the subject must not contain data of the reader"},
		{"words.klingon.txt", string(words), "words.klingon.txt"},
		{"pasword.txt", good, "pasword.txt: this is not the name of a template"},
	} {
		folder := t.TempDir()
		write(t, filepath.Join(folder, c.file), c.content)
		s := config("127.0.0.1:25")
		s.Templates = folder
		_, err := New(s)
		switch {
		case c.complaint == "" && err != nil:
			t.Errorf("%s %q: %v", c.file, c.content, err)
		case c.complaint != "" && (rekey.CodeOf(err) != rekey.CodeInvalid || !strings.Contains(err.Error(), c.complaint)):
			t.Errorf("%s %.60q: got %v, want %s", c.file, c.content, err, c.complaint)
		case c.complaint != "" && !strings.Contains(err.Error(), folder) && c.complaint != "not defined" && !strings.Contains(c.complaint, "subject"):
			t.Errorf("%s: the folder is not named: %v", c.file, err)
		}
	}
}

func TestOverrideOfOneLanguageLeavesTheOthers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "password.de.txt"), "Eigenes.\r\n{{.Hello}}\r\n{{.Password}}\r\n{{.Until}}\r\n")
	m := offline(t, func(c *Config) { c.Templates = folder })
	for tag, own := range map[string]bool{"de": true, "en": false} {
		o := occasion()
		o.Language = tag
		mail := composed(t, m, o, letter(t))
		if got := strings.HasPrefix(mail.Text, "Eigenes.\nGuten Tag Ada Lovelace,\n"+sample+"\n25. November"); got != own {
			t.Errorf("%s: own template used: %t", tag, got)
		}
	}
}

// A line may break at an ordinary space. A French line must not begin with punctuation
// that follows a space.
func TestFrenchPunctuationStaysOnItsLine(t *testing.T) {
	t.Parallel()
	words, err := builtIn.ReadFile("templates/words.fr.txt")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?m)^.*(« | [»:;?!](\s|$)).*$`).Find(words); found != nil {
		t.Errorf("this has a space where a line may end:\n%s", found)
	}
}

func TestAdviceOnChoosingNamesTheLengthOfThePolicy(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`[0-9]+`)
	least := func(p password.Policy) string {
		for _, rule := range p.Rules(rekey.Secret{}, password.Subject{}) {
			if rule.Name == password.RuleLength {
				return number.FindString(rule.Text)
			}
		}
		return ""
	}
	want := []string{least(password.Classic), least(password.Modern), least(password.Modern)} // for programs and for people
	advice := regexp.MustCompile(`(?s)\{\{define "choosing"}}(.*?)\{\{end}}\{\{end}}`)
	for _, lang := range []string{"en", "de", "fr", "es"} {
		words, err := builtIn.ReadFile("templates/words." + lang + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if got := number.FindAllString(string(advice.Find(words)), -1); !slices.Equal(got, want) {
			t.Errorf("%s: the numbers are %q, want %q", lang, got, want)
		}
	}
}
