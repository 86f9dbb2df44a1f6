package console

import (
	"context"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// userAsk is a page that asks before something is done to a system user.
func (c *Console) userAsk(r *http.Request, u rekey.SystemUser, title string) view.Ask {
	page := view.Ask{
		Frame: c.frame(r, title, usersPath), Post: r.URL.Path, Danger: true,
		Back: view.Link{Text: "Back to " + view.PersonOf(u).Shown(), Href: userPath(u.ID)},
	}
	page.Crumbs = userCrumbs(u)
	return page
}

func (c *Console) askBlockUser(w http.ResponseWriter, r *http.Request) error {
	return c.showBlockUser(w, r, r.URL.Query().Get("owner"), nil)
}

// showBlockUser asks before a user is blocked, and who gets their automations and
// selections. failed is the error of the last attempt, or nil.
func (c *Console) showBlockUser(w http.ResponseWriter, r *http.Request, owner string, failed error) error {
	u, held, err := c.holdings(r)
	if err != nil {
		return err
	}
	name := view.PersonOf(u).Shown()
	page := c.userAsk(r, u, "Block "+name+"?")
	page.Button = "Block " + name
	page.Text = []string{
		"They can no longer log in. Their sessions end at once, and mailed passwords end permanently.",
		"Calls with their tokens are refused. They get no new passwords until they are restored. After that, their old password works again.",
	}
	if page.Refused, err = refusal(c.Admin.CheckBlock(r.Context(), actor(r), u.ID)); err != nil {
		return err
	}
	waiting, err := c.waitsFor(r.Context(), actor(r), rekey.Event{Type: rekey.UserWasBlocked, Users: []string{u.ID}})
	if err != nil {
		return err
	}
	if waiting != "" {
		page.Text = append(page.Text, waiting)
	}
	if held.Empty() || page.Refused != "" {
		return c.showAsked(w, r, page, failed)
	}
	page.Text = append(page.Text, "They own "+holdingsText(held)+". While they are blocked, runs of their automations are held. Name a new owner to continue the runs.")
	page.Owner = &view.Field{Label: "New owner of what they own", Optional: true}
	if len(held.Automations) > 0 {
		page.Look = "See who their automations would reach"
	}
	return c.showOwner(w, r, page, owner, failed, held.Automations)
}

// showAsked shows a page that asks, with the error of the last attempt, if failed is
// not nil.
func (c *Console) showAsked(w http.ResponseWriter, r *http.Request, page view.Ask, failed error) error {
	if failed == nil {
		c.show(w, r, http.StatusOK, page)
		return nil
	}
	return c.showAgain(w, failed, func(p view.Problem) error {
		page.Problem = p
		c.show(w, r, p.Status, page)
		return nil
	})
}

// refusal returns the reason why something cannot be done, to be shown instead of the
// question. It returns any other error.
func refusal(err error) (string, error) {
	if rekey.CodeOf(err) == rekey.CodeConflict {
		return err.Error(), nil
	}
	return "", err
}

// waitsFor says which active automations an event would start now; "" if it
// would start none.
func (c *Console) waitsFor(ctx context.Context, actor rekey.SystemUser, e rekey.Event) (string, error) {
	e.Time = c.Clock()
	list, err := c.Admin.Automations(ctx, actor, rekey.AutomationQuery{EventType: e.Type, Status: rekey.AutomationActive}, admin.Place{})
	if err != nil {
		return "", err
	}
	var matching []rekey.Automation
	for _, a := range list.Entries {
		if a.Matches(e) {
			matching = append(matching, a)
		}
	}
	if len(matching) == 0 {
		return "", nil
	}
	return view.Plural(len(matching), "active automation waits", "active automations wait") + " for this event: " + automationNames(matching) + ".", nil
}

// automationNames lists the first automations by name.
func automationNames(list []rekey.Automation) string {
	const shown = 5
	var names []string
	for _, a := range list[:min(len(list), shown)] {
		names = append(names, "'"+a.Name+"'")
	}
	if more := len(list) - shown; more > 0 {
		names = append(names, view.Plural(more, "other", "others"))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

func (c *Console) blockUser(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadOwner(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	var u rekey.SystemUser
	if f.Owner != "" {
		u, err = c.Admin.BlockUserAndHandOn(r.Context(), actor(r), id, 0, f.Owner)
	} else {
		u, err = c.Admin.BlockUser(r.Context(), actor(r), id, 0)
	}
	if err != nil && f.Owner != "" {
		return c.showBlockUser(w, r, f.Owner, err)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, userPath(u.ID)+"?notice=user-blocked", http.StatusSeeOther)
	return nil
}

func (c *Console) restoreUser(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.RestoreUser(r.Context(), actor(r), r.PathValue("id"), 0)
	if err != nil {
		return err
	}
	notice := "user-restored"
	if u.Status == rekey.UserBlocked {
		notice = "user-unblocked-here"
	}
	http.Redirect(w, r, userPath(u.ID)+"?notice="+notice, http.StatusSeeOther)
	return nil
}
