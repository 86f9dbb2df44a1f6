package console

import (
	"net/http"

	"rekey/internal/access"
)

func (c *Console) logOut(w http.ResponseWriter, r *http.Request) error {
	if _, in := access.EntryFrom(r.Context()); in {
		if err := c.Sessions.End(r.Context()); err != nil {
			return err
		}
	}
	setCookie(w, r, leftCookie, "yes", leftFor)
	http.Redirect(w, r, logInPath+"?notice=logged-out", http.StatusSeeOther)
	return nil
}
