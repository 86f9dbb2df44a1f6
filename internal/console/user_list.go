package console

import (
	"net/http"
	"net/url"

	"rekey"
	"rekey/internal/console/view"
)

const usersPath = "/users"

var (
	shortTypeTexts = map[rekey.UserType]string{rekey.TypeUI: "UI", rekey.TypeAPI: "API", rekey.TypeHybrid: "Hybrid"}
	userStates     = map[rekey.UserStatus]view.State{
		rekey.UserActive:  {Color: view.Green, Word: "Active"},
		rekey.UserBlocked: {Color: view.Red, Word: "Blocked"},
	}
)

func (c *Console) listUsers(w http.ResponseWriter, r *http.Request) error {
	filters := filtersOf(r, "search", "type", "role", "status")
	q := userQuery(filters)
	q.Order, q.Descending = sorting(filters, userOrders)
	if q.Order == "created" {
		q.Order = ""
	}
	at := place(r)
	found, err := c.Admin.Users(r.Context(), actor(r), q, at)
	if err != nil {
		return err
	}
	page := view.Users{
		Frame:   c.frame(r, "System users", usersPath),
		Search:  view.Field{Name: "search", Label: "Name or address", Value: q.Search, Max: 200},
		Filters: append(userFilters(actor(r), q), sortFilter(filters, userOrders)), Filtered: narrowed(filters, at), Matching: hidden(filters),
		Name:  heading(usersPath, filters, userOrders, "name", "Name"),
		Pager: pager(r, usersPath, filters, found, "system user", "system users"),
	}
	switch {
	case found.Total.More:
		page.All = "Instead with all that match, on all pages: at most 10,000, so narrow the list first"
	case found.Total.N > 1:
		page.All = "Instead with all " + page.Pager.Total + " that match, on all pages"
	}
	page.Wide = true
	page.Alone = !page.Filtered && found.Total.N == 1 && actor(r).Authority().MayAdminister()
	for _, u := range found.Entries {
		page.Rows = append(page.Rows, view.UserRow{
			Person: view.PersonOf(u), Type: shortTypeTexts[u.Type], Role: u.Role.Label(), Status: statusOf(u), Directory: u.Directory.Directory,
			LastLogIn: c.moment(r, u.LastLoginAt), PasswordChosen: c.moment(r, u.PasswordChangedAt),
		})
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// userQuery asks for those who match the filters of the list.
func userQuery(filters url.Values) rekey.UserQuery {
	return rekey.UserQuery{
		Search: rekey.TypedText(filters.Get("search")), Type: rekey.UserType(filters.Get("type")), Role: rekey.Role(filters.Get("role")),
		Status: rekey.UserStatus(filters.Get("status")),
	}
}

var userOrders = []order{
	{"name", "Name, A to Z", "Name, Z to A"}, {"address", "Address, A to Z", "Address, Z to A"}, {"created", "Oldest first", "Newest first"},
}

func userFilters(actor rekey.SystemUser, q rekey.UserQuery) []view.Choice {
	roles := []view.Option{{Label: "Any"}}
	for _, role := range rekey.Roles() {
		if actor.Authority().MayGrant(role) { // the actor may view this role
			roles = append(roles, view.Option{Value: string(role), Label: role.Label()})
		}
	}
	types := []view.Option{{Label: "Any"}}
	for _, kind := range []rekey.UserType{rekey.TypeUI, rekey.TypeAPI, rekey.TypeHybrid} {
		types = append(types, view.Option{Value: string(kind), Label: shortTypeTexts[kind]})
	}
	statuses := []view.Option{{Label: "Any"}}
	for _, status := range []rekey.UserStatus{rekey.UserActive, rekey.UserBlocked} {
		statuses = append(statuses, view.Option{Value: string(status), Label: userStates[status].Word})
	}
	return []view.Choice{
		{Name: "type", Label: "Type", Options: view.Choose(types, string(q.Type))},
		{Name: "role", Label: "Role", Options: view.Choose(roles, string(q.Role))},
		{Name: "status", Label: "Status", Options: view.Choose(statuses, string(q.Status))},
	}
}

// suggestUsers answers a picker.
func (c *Console) suggestUsers(w http.ResponseWriter, r *http.Request) error {
	found, err := c.Admin.SuggestUsers(r.Context(), actor(r), r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	var people view.Suggestions
	for _, u := range found {
		people = append(people, view.PersonOf(u))
	}
	c.showPart(w, r, people, "suggestions")
	return nil
}
