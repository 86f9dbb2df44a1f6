package console

import (
	"net/http"

	"rekey/internal/console/static"
)

func (c *Console) asset(w http.ResponseWriter, r *http.Request) error {
	if !static.Serve(w, r, r.PathValue("file")) {
		return errNoPage
	}
	return nil
}
