package console

import (
	"net/http"

	"rekey/internal/console/view"
)

// guard sets the headers that differ for pages from those that the server sets for
// every answer. Browsers must not store a page: the back button must not show it
// after a log-out (ASVS 5.0 14.3.2).
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", view.PagePolicy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
