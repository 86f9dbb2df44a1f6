package console

import (
	"net/http"
	"time"

	"rekey"
	"rekey/internal/server"
)

// Preferences are cookies of the browser: they belong to the screen, not to the
// account.
const (
	themeCookie    = "rekey-theme"     // light or dark; absent: the system's theme
	shortcutCookie = "rekey-shortcuts" // off; absent: on
	zoneCookie     = "rekey-zone"      // the time zone of the browser, which zone.js writes
	preferenceLife = 365 * 24 * time.Hour
)

func themeOf(r *http.Request) string {
	if chosen := cookie(r, themeCookie); chosen == "light" || chosen == "dark" {
		return chosen
	}
	return ""
}

// zoneOfBrowser is the time zone of the browser; "" if it is not known.
func zoneOfBrowser(r *http.Request) string {
	name := cookie(r, zoneCookie)
	if _, err := rekey.LoadZone(name); name == "" || err != nil {
		return ""
	}
	return name
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
	setCookie(w, r, name, value, preferenceLife)
}

// setCookie sets a cookie that scripts cannot read; "" ends it.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure follows how the page was reached
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: server.From(r.Context()).Secure, SameSite: http.SameSiteLaxMode,
	})
}
