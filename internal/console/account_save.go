package console

import (
	"net/http"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

// saveAccount changes the fields that users may change of their own record.
func (c *Console) saveAccount(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadUser(w, r)
	if err != nil {
		return err
	}
	show := func(p view.Problem) error {
		page, err := c.accountPage(r, f, form.Token{}, p)
		if err == nil {
			c.show(w, r, p.Status, page)
		}
		return err
	}
	_, err = c.Admin.UpdateOwnProfile(r.Context(), actor(r), f.Version, f.Entered)
	switch {
	case rekey.CodeOf(err) == rekey.CodeStale:
		now := actor(r)
		f.Version = now.Version
		return show(view.Problem{
			Status:  server.StatusOf(rekey.CodeStale),
			Message: "Your account was changed in the meantime, in another window or by another person. The name is now '" + now.Name() + "'. What you typed is still here. Save again to keep it.",
		})
	case err != nil:
		return c.showAgain(w, err, show)
	}
	http.Redirect(w, r, accountPath+"?notice=account-saved", http.StatusSeeOther)
	return nil
}

// switchShortcuts switches single-key shortcuts on or off in this browser.
func (c *Console) switchShortcuts(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadShortcuts(w, r)
	if err != nil {
		return err
	}
	value, notice := "", "shortcuts-on"
	if !f.On {
		value, notice = "off", "shortcuts-off"
	}
	prefer(w, r, shortcutCookie, value)
	http.Redirect(w, r, accountPath+"?notice="+notice+"#browser", http.StatusSeeOther)
	return nil
}

// endSessions ends one of one's own sessions, or all but this one.
func (c *Console) endSessions(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadEndSession(w, r)
	if err != nil {
		return err
	}
	if f.Session == "others" {
		_, err = c.Sessions.EndOthers(r.Context())
	} else {
		err = c.Sessions.EndOne(r.Context(), f.Session)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, accountPath+"?notice=sessions-ended", http.StatusSeeOther)
	return nil
}
