package console

import "net/http"

// What the reader of the pages prefers is kept in cookies of the browser: it is
// a matter of the screen, not of the account.
const (
	themeCookie    = "rekey-theme"     // light or dark; absent: as the system has it
	shortcutCookie = "rekey-shortcuts" // off; absent: on
	preferenceLife = 365 * 24 * 60 * 60
)

func themeOf(r *http.Request) string {
	if chosen := cookie(r, themeCookie); chosen == "light" || chosen == "dark" {
		return chosen
	}
	return ""
}

func shortcutsOf(r *http.Request) bool { return cookie(r, shortcutCookie) != "off" }

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// prefer keeps a preference; "" forgets it.
func prefer(w http.ResponseWriter, r *http.Request, name, value string) {
	life := preferenceLife
	if value == "" {
		life = -1
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure follows how the page was reached: it holds no secret
		Name: name, Value: value, Path: "/", MaxAge: life, HttpOnly: true,
		Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}
