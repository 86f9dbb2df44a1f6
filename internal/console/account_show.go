package console

import (
	"net/http"

	"rekey/internal/console/view"
)

const accountPath = "/account"

func (c *Console) showAccount(w http.ResponseWriter, r *http.Request) error {
	e := entry(r)
	last, changed := c.moment(r, e.LastLogin), c.moment(r, e.User.PasswordChangedAt)
	page := view.Account{Frame: c.frame(r, "Account", accountPath), Facts: []view.Fact{
		{Label: "Name", Text: view.PersonOf(e.User).Shown()},
		{Label: "Email address", Text: e.User.Address},
		{Label: "Type", Text: typeTexts[e.User.Type]},
		{Label: "Role", Text: roleTexts[e.User.Role]},
		{Label: "Last log-in", Text: "This is the first."},
		{Label: "Password chosen", Text: "Never"},
	}}
	if last.Known() {
		page.Facts[4].Moment = &last
	}
	if changed.Known() {
		page.Facts[5].Moment = &changed
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}
