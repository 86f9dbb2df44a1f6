package console

import (
	"net/http"

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
