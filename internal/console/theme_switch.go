package console

import (
	"cmp"
	"net/http"
	"net/url"

	"rekey/internal/console/form"
)

// switchTheme changes between light and dark, or back to the system's theme, and
// returns to the page of the button.
func (c *Console) switchTheme(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadTheme(w, r)
	if err != nil {
		return err
	}
	theme := f.Theme
	if theme == "other" {
		// The server does not know the system's theme. On a dark system the script
		// sends the theme of the first switch.
		if theme = "dark"; themeOf(r) == "dark" {
			theme = "light"
		}
	}
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	prefer(w, r, themeCookie, theme)
	http.Redirect(w, r, cameFrom(r), http.StatusSeeOther)
	return nil
}

// cameFrom is the path of the page that a form was sent from; "/" if unknown.
// Only the path is taken, so that nobody is led elsewhere.
func cameFrom(r *http.Request) string {
	return cmp.Or(localPath(r.PostForm.Get("from")), "/")
}

// localPath is a path of this console, with its query; "" for anything else.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || len(u.Path) == 0 || u.Path[0] != '/' || len(u.Path) > 1 && (u.Path[1] == '/' || u.Path[1] == '\\') {
		return ""
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}
