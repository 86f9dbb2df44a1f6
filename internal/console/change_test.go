package console

import (
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/password"
	"rekey/internal/store"
)

// Whoever came in with a mailed password reads the page in their own language;
// whoever never had one of their own is welcomed.
func TestChangePageSpeaksToItsReader(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, words := range view.WordsOfChange {
		in := func(u *rekey.SystemUser) { u.Language = words.Lang + "-CH" }
		first := rekey.SystemUser{
			ID: f.newID(), Address: "first-" + words.Lang + "@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember,
			Status: rekey.UserActive, Language: words.Lang, CreatedAt: f.clock(),
		}
		f.ok(first.Validate())
		caller := f.user(rekey.TypeHybrid, in)
		f.update(func(tx *store.Tx) error {
			if err := tx.InsertUser(t.Context(), first); err != nil {
				return err
			}
			return tx.TouchPasswordCall(t.Context(), caller.ID, f.clock())
		})
		ready, _, _ := strings.Cut(words.Ready, "%s")
		for _, c := range []struct {
			reader rekey.SystemUser
			says   []string
		}{
			{first, []string{"<h1>" + words.Welcome + "</h1>", ready}},
			{f.user(rekey.TypeUI, in), []string{"<h1>" + words.Title + "</h1>", words.Choose}},
			{f.user(rekey.TypeAPI, in), []string{words.ChooseAPI}},
			{caller, []string{words.Choose, words.Calls}},
		} {
			f.logIn(c.reader, f.mail(c.reader))
			always := []string{`<html lang="` + words.Lang + `"`, words.Set, words.Current, words.CurrentHint, words.New, words.Takes, words.Skip, words.LeaveText, words.ShowText, words.Rules["personal"]}
			f.get(changePath).shows(t, http.StatusOK, append(always, c.says...)...)
			f.send("POST", "/logout", nil)
		}
	}
}

func TestChangePageSpeaksTheLanguagesOfTheMails(t *testing.T) {
	t.Parallel()
	var pages []string
	for _, words := range view.WordsOfChange {
		pages = append(pages, words.Lang)
	}
	files, err := filepath.Glob("../mail/templates/words.*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if language := strings.Split(filepath.Base(file), ".")[1]; !slices.Contains(pages, language) {
			t.Errorf("mails speak %s, and the page that they lead to does not", language)
		}
	}
}

func TestChangePageHasAllItsWordsInEachLanguage(t *testing.T) {
	t.Parallel()
	breaks := regexp.MustCompile(`« | [»:;?!](\s|$)`)
	for _, words := range view.WordsOfChange {
		if view.WordsOfPause[words.Lang].Paused == "" {
			t.Errorf("%s: the words of the pause are missing", words.Lang)
		}
		v := reflect.ValueOf(words)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s: %s is missing", words.Lang, v.Type().Field(i).Name)
			}
			if words.Lang == "fr" && breaks.MatchString(fmt.Sprint(v.Field(i).Interface())) {
				t.Errorf("%s: %s has a space where a line may end", words.Lang, v.Type().Field(i).Name)
			}
		}
		for _, text := range []string{words.Ready, words.Valid, words.Rules["length"]} {
			if strings.Count(text, "%s") != 1 {
				t.Errorf("%s: %q needs %%s once", words.Lang, text)
			}
		}
		for _, policy := range []password.Policy{password.Modern, password.Classic} {
			for _, rule := range policy.Rules(rekey.Secret{}, password.Subject{}) {
				said := words.Rules[rule.Name]
				least, _, _ := strings.Cut(rule.Text, " ")
				if said == "" || words.Lang == "en" && strings.Replace(said, "%s", least, 1) != rule.Text {
					t.Errorf("%s: the rule %s is %q", words.Lang, rule.Name, said)
				}
			}
		}
	}
}
