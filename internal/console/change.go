package console

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

const changePath = "/change-password"

// english are the words of a page that is shown inside the console.
var english = view.WordsOfChange[0]

var changeLanguages = func() language.Matcher {
	var tags []language.Tag
	for _, words := range view.WordsOfChange {
		tags = append(tags, language.Make(words.Lang))
	}
	return language.NewMatcher(tags)
}()

// changeWords are in the language of the user or, if they have none, of the browser.
func changeWords(r *http.Request, u rekey.SystemUser) view.ChangeWords {
	_, at := language.MatchStrings(changeLanguages, u.Language, r.Header.Get("Accept-Language"))
	return view.WordsOfChange[at]
}

func (c *Console) newPassword(u rekey.SystemUser, check string, words view.ChangeWords, p view.Problem) view.NewPassword {
	n := view.NewPassword{
		Check: check, Words: words,
		Field: view.Field{
			Name: "new_password", Label: words.New, Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("new_password"), Also: "rules", Show: words.ShowText, Hide: words.HideText,
		},
		Repeated: view.Field{
			Name: "repeated_password", Label: words.Again, Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("repeated_password"), Show: words.ShowText, Hide: words.HideText,
		},
	}
	for _, r := range c.Access.Rules(u) {
		least, _, _ := strings.Cut(r.Text, " ") // the minimum length
		n.Rules = append(n.Rules, view.Rule{Name: r.Name, Text: strings.Replace(words.Rules[r.Name], "%s", least, 1)})
	}
	return n
}

func (c *Console) changePage(r *http.Request, e access.Entry, p view.Problem) view.Change {
	words := english
	if e.MustChange() {
		words = changeWords(r, e.User)
	}
	page := view.Change{
		Frame: c.frame(r, words.Title, "/account"), Who: view.PersonOf(e.User), Mailed: e.MustChange(), Set: words.Set,
		Says: []string{"For " + e.User.Address + ". All your other sessions end with the change."},
	}
	page.Problem = p
	page.Current = view.Field{
		Name: "current_password", Label: "Current password", Kind: "password", Autocomplete: "current-password",
		Errors: p.Of("current_password"), Focus: !p.Any(), Show: words.ShowText, Hide: words.HideText,
	}
	if page.Mailed {
		page.Lang, page.Skip, page.LeaveText = words.Lang, words.Skip, words.LeaveText
		page.Current.Label, page.Current.Hint = words.Current, words.CurrentHint
		c.sayMailed(&page, e, words)
	}
	if e.User.Type == rekey.TypeHybrid && e.User.UsesAPI(c.Clock()) {
		page.Calls = words.Calls
	}
	page.New = c.newPassword(e.User, changePath+"/check", words, p)
	return page
}

// sayMailed explains the page to a user with a mailed password, and welcomes a user
// who never chose one.
func (c *Console) sayMailed(page *view.Change, e access.Entry, words view.ChangeWords) {
	what := words.Choose
	switch {
	case e.User.Type == rekey.TypeAPI:
		what = words.ChooseAPI
	case e.User.Chosen() == rekey.ChosenNever:
		page.Title, what = words.Welcome, strings.Replace(words.Ready, "%s", c.System, 1)
	}
	until := e.ValidUntil.In(c.zoneOf(e.User)).Format(words.Moment)
	page.Says = []string{what, strings.Replace(words.Valid, "%s", until, 1)}
}

func (c *Console) showChange(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.changePage(r, entry(r), view.Problem{}))
	return nil
}

func (c *Console) change(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadChangePassword(w, r)
	if err != nil {
		return err
	}
	e := entry(r)
	var version int64
	if err = form.CheckRepeated(f.New, f.Repeated); err == nil {
		version, err = c.Access.ChangePassword(r.Context(), e, f.Current, f.New, server.From(r.Context()).Source)
	}
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.changePage(r, e, p))
			return nil
		})
	}
	if e.User.Type == rekey.TypeAPI {
		if err := c.Sessions.End(r.Context()); err != nil {
			return err
		}
		http.Redirect(w, r, logInPath+"?notice=password-changed-api", http.StatusSeeOther)
		return nil
	}
	e.User.PasswordVersion, e.ViaDelivery = version, ""
	if err := c.Sessions.Begin(r.Context(), e, originOf(r)); err != nil {
		return err
	}
	http.Redirect(w, r, "/?notice=password-changed", http.StatusSeeOther)
	return nil
}

// findChange serves the address at which password managers look for the page
// (W3C, A Well-Known URL for Changing Passwords).
func (c *Console) findChange(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, changePath, http.StatusFound)
	return nil
}
