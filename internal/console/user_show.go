package console

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// shownDeliveries is how many deliveries the page of a system user lists.
const shownDeliveries = 20

func userPath(id string) string { return usersPath + "/" + id }

// userCrumbs lead back from a page about a system user.
func userCrumbs(u rekey.SystemUser) []view.Link {
	return []view.Link{{Text: "System users", Href: usersPath}, {Text: view.PersonOf(u).Shown(), Href: userPath(u.ID)}}
}

func (c *Console) showUser(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	page, err := c.userPage(r, u, form.Token{}, view.Problem{})
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) userPage(r *http.Request, u rekey.SystemUser, f form.Token, p view.Problem) (page view.User, err error) {
	page = view.User{Frame: c.frame(r, view.PersonOf(u).Shown(), usersPath), Access: c.accessFacts(r, u), Directory: u.Directory.Directory, HeldAddress: c.heldAddress(r, u)}
	page.Crumbs, page.Wide, page.Problem = userCrumbs(u)[:1], true, p
	if page.Standing, err = c.standing(r, u); err != nil {
		return page, err
	}
	page.Actions, page.More, page.Fixed = userActions(actor(r), u)
	if u.Authority().MayDefine() && actor(r).Authority().MayManage(u.ID, u.Role.Rank()) {
		page.More = append([]view.Action{{Text: "Transfer what they own", Icon: "users", Href: userPath(u.ID) + "/hand-on"}}, page.More...)
	}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		page.Attributes = append(page.Attributes, view.Fact{Label: name, Text: u.Attributes[name]})
	}
	if u.Type != rekey.TypeUI {
		page.Posts = &view.Posts{}
		for _, s := range u.Sources {
			source, err := c.postSource(r, s)
			if err != nil {
				return page, err
			}
			page.Posts.Sources = append(page.Posts.Sources, source)
		}
	}
	if page.Tokens, err = c.tokens(r, u, userPath(u.ID), f, p); err != nil {
		return page, err
	}
	return page, c.userDeliveries(r, u, &page)
}

// userActions are what the actor may do with a system user, or why they may not.
func userActions(actor, u rekey.SystemUser) (actions, more []view.Action, fixed string) {
	path := userPath(u.ID)
	edit := view.Action{Text: "Edit", Icon: "pencil", Href: path + "/edit", Edits: true}
	switch {
	case actor.ID == u.ID:
		return []view.Action{edit}, nil, "This is you. You cannot change your own email address, type, role or status; " + actor.Authority().WhoMayChange(u) + " can."
	case !actor.Authority().MayChange(u):
		return nil, nil, "You cannot change this account or send it a new password; " + actor.Authority().WhoMayChange(u) + " can."
	}
	actions = []view.Action{edit}
	switch {
	case u.BlockedBy == rekey.BlockedByDirectory:
		fixed = "Unblock the account in " + u.Directory.Directory + ", and Rekey follows."
		actions = append(actions, view.Action{Text: "Block here, too", Icon: "ban", Href: path + "/block"})
	case u.Status == rekey.UserActive:
		actions = append(actions, view.Action{Text: "Send a new password now", Icon: "send", Href: path + "/send-password", Primary: true})
		more = append(more, view.Action{Text: "Block", Icon: "ban", Href: path + "/block"})
	default:
		actions = append(actions, view.Action{Text: "Restore", Icon: "rotate", Post: path + "/restore", Primary: true})
	}
	return actions, append(more, view.Action{Text: "Delete", Icon: "trash", Href: path + "/delete", Danger: true}), fixed
}

func (c *Console) accessFacts(r *http.Request, u rekey.SystemUser) []view.Fact {
	uses := "No"
	switch {
	case u.Type == rekey.TypeAPI:
		uses = "Yes: automations leave it out unless they include API users"
	case u.UsesAPI(c.Clock()):
		uses = "Yes, called with the password within 90 days: automations leave it out unless they include API users"
	}
	added, logIn, call := c.moment(r, u.CreatedAt), c.moment(r, u.LastLoginAt), c.moment(r, u.LastPasswordCallAt)
	var facts []view.Fact
	for _, field := range rekey.UserFields() {
		fact := view.Fact{Label: field.Label, Text: fieldText(field, u, typeTexts)}
		switch field.Name {
		case "first_name", "last_name": // shown in the title
			continue
		case "address":
			fact.Code, fact.Text = u.Address, ""
		case "language":
			fact.Text = cmp.Or(fact.Text, "system default")
		case "time_zone":
			fact.Text = cmp.Or(fact.Text, "system default ("+c.zone.String()+")")
		}
		facts = append(facts, fact)
	}
	facts = append(facts, c.directoryFacts(r, u)...)
	facts = append(facts, view.Fact{Label: "Counts as API user", Text: uses}, view.Fact{Label: "Last log-in", Text: "never", Moment: known(logIn)})
	if u.Type != rekey.TypeUI {
		facts = append(facts, view.Fact{Label: "Last call by password", Text: "never", Moment: known(call)})
	}
	return append(facts, view.Fact{Label: "Added", Moment: known(added)}, historyFact(userPath(u.ID)))
}

// known returns a moment for a fact, or nil if it is zero.
func known(m view.Moment) *view.Moment {
	if !m.Known() {
		return nil
	}
	return &m
}

// userDeliveries lists the user's deliveries, the latest first.
func (c *Console) userDeliveries(r *http.Request, u rekey.SystemUser, page *view.User) error {
	at := place(r)
	at.Limit = shownDeliveries
	found, err := c.Admin.Deliveries(r.Context(), actor(r), rekey.DeliveryQuery{UserID: u.ID, Latest: true}, at)
	if err != nil {
		return err
	}
	page.Pager = pager(r, userPath(u.ID), filtersOf(r), found, "delivery", "deliveries")
	automations, err := c.automationsOf(r, found.Entries)
	if err != nil {
		return err
	}
	for _, d := range found.Entries {
		page.Deliveries = append(page.Deliveries, view.UserDelivery{
			Href: "/deliveries/" + d.ID, At: c.moment(r, d.UpdatedAt), State: deliveryStates[d.State], Reason: deliveryReason(d),
			Run: view.Link{Text: automationName(automations[d.RunID]), Href: runsPath + "/" + d.RunID},
		})
	}
	return nil
}
