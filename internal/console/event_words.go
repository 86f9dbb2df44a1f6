package console

import (
	"net/http"

	"rekey"
	"rekey/internal/console/view"
)

// poster is who posted an event; the zero value if that was Rekey itself.
func (c *Console) poster(r *http.Request, e rekey.Event) (view.Person, error) {
	if e.PostedBy == "" {
		return view.Person{}, nil
	}
	found, err := c.Admin.FindUsers(r.Context(), actor(r), []string{e.PostedBy})
	if u, ok := found[e.PostedBy]; ok {
		return view.PersonOf(u), err
	}
	return view.Person{Gone: true, Address: "a system user who is deleted or that you may not view"}, err
}

// posterText says where an event comes from.
func (c *Console) posterText(r *http.Request, e rekey.Event) (string, error) {
	p, err := c.poster(r, e)
	switch {
	case err != nil:
		return "", err
	case e.PostedBy == "":
		return "Rekey recorded it.", nil
	case e.IsTest():
		return "It is a test event, posted by " + p.Shown() + ".", nil
	case e.Outsiders:
		return "It was posted from " + e.Source + " by " + p.Shown() + ". Outsiders can choose whom the event names, so its runs may only keep the old password.", nil
	case e.Type == rekey.External:
		return "It was posted from " + e.Source + " by " + p.Shown() + ".", nil
	default:
		return "It was caused by " + p.Shown() + ".", nil
	}
}
