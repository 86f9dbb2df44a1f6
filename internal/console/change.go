package console

import (
	"net/http"
	"strconv"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/console/words"
	"rekey/internal/server"
)

const changePath = "/change-password"

// newPassword is the part of a form for a new password. After a refusal, refused is the
// password that was typed: the page shows which rules it fulfils, never the password.
func (c *Console) newPassword(r *http.Request, u rekey.SystemUser, check string, l words.Language, refused rekey.Secret, p view.Problem) view.NewPassword {
	n := view.NewPassword{
		Check: check,
		Field: view.Field{
			Name: "new_password", Label: l.Say("New password"), Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("new_password"), Also: "rules",
		},
		Repeated: view.Field{
			Name: "repeated_password", Label: l.Say("New password again"), Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("repeated_password"),
		},
	}
	if len(p.Fields) > 0 {
		n.Field.Hint = l.Say("Type the new password again, because pages never keep passwords.")
	}
	rules := c.Access.Rules(u)
	judged := false
	if !refused.IsZero() {
		if judgement, err := c.Access.Judge(refused, u, server.From(r.Context()).Source); err == nil {
			rules, judged = judgement.Rules, true
		}
	}
	for _, rule := range rules {
		shown := view.Rule{Name: rule.Name, Text: rule.Text}
		if judged {
			shown.Satisfied = strconv.FormatBool(rule.Satisfied)
		}
		n.Rules = append(n.Rules, shown)
	}
	return n
}

func (c *Console) changePage(r *http.Request, e access.Entry, f form.ChangePassword, p view.Problem) view.Change {
	l := c.language(r)
	page := view.Change{
		Frame: c.frame(r, l.Say("Choose your own password"), "/account"), Who: view.PersonOf(e.User), Mailed: e.MustChange(),
		Version: e.User.PasswordVersion, Next: nextOf(f.Next),
		Says: []string{l.Say("Account: %s. The change ends all your other sessions.", e.User.Address)},
	}
	page.Problem = p
	page.Current = &view.Field{
		Name: "current_password", Label: l.Say("Current password"), Kind: "password", Autocomplete: "current-password",
		Errors: p.Of("current_password"), Focus: !p.Any(),
	}
	if page.Mailed {
		page.Current.Label, page.Current.Hint = l.Say("Password from the mail"), l.Say("Paste it again.")
		c.sayMailed(r, &page, e, l)
	}
	if c.Clock().Before(e.ProvenUntil) {
		page.Current = nil
	}
	if e.User.Type == rekey.TypeHybrid && e.User.UsesAPI(c.Clock()) {
		page.Calls = l.Say("Programs have called the API with your account and password in the last 90 days. After you choose a new password, their calls fail until you change their configuration.")
	}
	page.New = c.newPassword(r, e.User, changePath+"/check", l, f.New, p)
	page.New.Field.Focus = page.Current == nil && !p.Any()
	return page
}

// sayMailed explains the page to a user with a mailed password, and welcomes a user
// who never chose one.
func (c *Console) sayMailed(r *http.Request, page *view.Change, e access.Entry, l words.Language) {
	if !e.User.Directory.BuiltIn() {
		c.sayDirectory(r, page, e, l)
		return
	}
	what := l.Say("The password from the mail opens only this page. Choose your own password to continue.")
	switch {
	case e.User.Type == rekey.TypeAPI:
		what = l.Say("The password from the mail opens only this page. Choose the password that your program will use to call the API.")
	case e.User.Chosen() == rekey.ChosenNever:
		page.Title = l.Say("Welcome! Choose your own password")
		what = l.Say("Welcome to %s. Your account is ready. The password from the mail opens only this page. Choose your own password, and log in with it from now on.", c.System)
	}
	until := l.Moment(c.moment(r, e.ValidUntil).At)
	page.Says = []string{what, l.Say("Account: %s", e.User.Address) + ". " + l.Say("The password from the mail is valid until %s.", until)}
}

// sayDirectory explains the page to a user whose chosen password lives in a directory.
func (c *Console) sayDirectory(r *http.Request, page *view.Change, e access.Entry, l words.Language) {
	account := e.User.Directory
	page.Title = l.Say("Choose your new password for %s", account.Directory)
	page.Says = []string{
		l.Say("The password from the mail opens only this page. Choose your new password for %s here, and use it there from then on.", account.Directory) +
			" " + l.Say("Until then your old password works there, unless it was revoked."),
	}
	if account.MinLength > 0 {
		page.Says = append(page.Says, l.Say("%s also wants at least %d characters.", account.Directory, account.MinLength))
	}
	if account.Complex {
		page.Says = append(page.Says, l.Say("%s also wants three of these: upper case, lower case, digits, symbols. It must not contain a part of your name with three letters or more.", account.Directory))
	}
	until := l.Moment(c.moment(r, e.ValidUntil).At)
	page.Says = append(page.Says, l.Say("Account: %s", e.User.Address)+". "+l.Say("The password from the mail is valid until %s.", until))
}

func (c *Console) showChange(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.changePage(r, entry(r), form.ChangePassword{Next: r.URL.Query().Get("next")}, view.Problem{}))
	return nil
}

func (c *Console) change(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadChangePassword(w, r)
	if err != nil {
		return err
	}
	e := entry(r)
	if f.Version != 0 && f.Version != e.User.PasswordVersion {
		f.New = rekey.Secret{} // it was for the page before
		p := view.Problem{Status: http.StatusConflict, Message: "You have already changed your password in another window. Use the password from there. This form was not used."}
		c.show(w, r, p.Status, c.changePage(r, e, f, p))
		return nil
	}
	var version int64
	if err = form.CheckRepeated(f.New, f.Repeated); err == nil {
		version, err = c.Access.ChangePassword(r.Context(), e, f.Current, f.New, server.From(r.Context()).Source)
	}
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.changePage(r, e, f, p))
			return nil
		})
	}
	notice := ""
	switch {
	case !e.User.Directory.BuiltIn():
		notice = "password-changed-there"
	case e.User.Type == rekey.TypeAPI:
		notice = "password-changed-api"
	}
	if notice != "" { // whose chosen password does not log in here
		if err := c.Sessions.End(r.Context()); err != nil {
			return err
		}
		http.Redirect(w, r, logInPath+"?notice="+notice, http.StatusSeeOther)
		return nil
	}
	e.User.PasswordVersion, e.ViaDelivery, e.ProvenUntil = version, "", time.Time{}
	if err := c.Sessions.Begin(r.Context(), e, originOf(r)); err != nil {
		return err
	}
	c.arrive(w, r, f.Next, "password-changed")
	return nil
}

// findChange serves the address at which password managers look for the page
// (W3C, A Well-Known URL for Changing Passwords).
func (c *Console) findChange(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, changePath, http.StatusFound)
	return nil
}
