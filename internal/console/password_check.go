package console

import (
	"encoding/json"
	"net/http"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/server"
)

// checkChange judges the new password while it is typed.
func (c *Console) checkChange(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadChangePassword(w, r)
	if err != nil {
		return err
	}
	return c.judge(w, r, f.New, entry(r).User)
}

// checkSetUp does the same for whoever holds a set-up link.
func (c *Console) checkSetUp(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadSetUp(w, r)
	if err != nil {
		return err
	}
	u, err := c.Access.SetupLink(r.Context(), f.Token)
	if err != nil {
		return err
	}
	if u.ID == "" {
		u.Address, u.FirstName, u.LastName = f.Address, f.FirstName, f.LastName
	}
	return c.judge(w, r, f.New, u)
}

func (c *Console) judge(w http.ResponseWriter, r *http.Request, candidate rekey.Secret, u rekey.SystemUser) error {
	judgement, err := c.Access.Judge(candidate, u, server.From(r.Context()).Source)
	if err != nil {
		return err
	}
	body, err := json.Marshal(judgement)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // whoever does not read the answer cannot be told
	return nil
}
