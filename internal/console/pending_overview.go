package console

import (
	"net/http"
	"net/url"
)

// showHome is the start: the overview, or the account of somebody who has no
// more than that here.
func (c *Console) showHome(w http.ResponseWriter, r *http.Request) error {
	if !actor(r).Authority().MayDefine() {
		http.Redirect(w, r, (&url.URL{Path: accountPath, RawQuery: r.URL.RawQuery}).String(), http.StatusSeeOther)
		return nil
	}
	return errNoPage
}
