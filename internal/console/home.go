package console

import "net/http"

type homePage struct {
	frame

	Who       who
	LastLogin moment
	Changed   moment
}

func (c *Console) showHome(w http.ResponseWriter, r *http.Request) error {
	e := entry(r)
	page := homePage{
		frame: c.frame("You are logged in"), Who: whoIs(e.User),
		LastLogin: c.moment(e.LastLogin, e.User), Changed: c.moment(e.User.PasswordChangedAt, e.User),
	}
	page.In, page.Notice = true, noticeOf(r)
	c.show(w, r, http.StatusOK, "home", page)
	return nil
}
