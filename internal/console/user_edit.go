package console

import (
	"net/http"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func (c *Console) newUserPage(r *http.Request, f form.User, p view.Problem) (view.UserForm, error) {
	page := c.userForm(r, rekey.SystemUser{}, f, onRows(f, p))
	page.Button = "Create the system user"
	waiting, err := c.waitsFor(r.Context(), actor(r), rekey.Event{Type: rekey.UserCreated})
	if page.Effect = "They have no password yet. " + waiting; waiting == "" {
		page.Effect = "They have no password yet, and no active automation sends one. You can send one after you create them."
	}
	return page, err
}

func (c *Console) newUser(w http.ResponseWriter, r *http.Request) error {
	page, err := c.newUserPage(r, form.User{Entered: rekey.SystemUser{Type: rekey.TypeUI, Role: rekey.RoleMember}}, view.Problem{})
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) createUser(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadUser(w, r)
	if err != nil {
		return err
	}
	show := func(p view.Problem) error {
		page, err := c.newUserPage(r, f, p)
		if err != nil {
			return err
		}
		c.show(w, r, max(p.Status, http.StatusOK), page)
		return nil
	}
	if f.Go != "save" {
		return show(view.Problem{})
	}
	created, err := f.Record()
	if err == nil {
		created, err = c.Admin.CreateUser(r.Context(), actor(r), created)
	}
	if err != nil {
		return c.showAgain(w, err, show)
	}
	http.Redirect(w, r, userPath(created.ID)+"?notice=user-created", http.StatusSeeOther)
	return nil
}

func (c *Console) editUser(w http.ResponseWriter, r *http.Request) error {
	u, err := c.editable(r)
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, c.userForm(r, u, formOf(u), view.Problem{}))
	return nil
}

// editable is the system user of a page, if the actor may change any field.
func (c *Console) editable(r *http.Request) (rekey.SystemUser, error) {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && actor(r).ID != u.ID && !actor(r).Authority().MayChange(u) {
		err = rekey.NewError(rekey.CodeForbidden, "You cannot change this account; "+actor(r).Authority().WhoMayChange(u)+" can.")
	}
	return u, err
}

func (c *Console) saveUser(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadUser(w, r)
	if err != nil {
		return err
	}
	u, err := c.editable(r)
	if err != nil {
		return err
	}
	self := actor(r).ID == u.ID
	for _, field := range rekey.UserFields() {
		if !mayEdit(actor(r), u, field) { // the page does not send it
			field.Set(&f.Entered, field.Get(&u))
		}
	}
	show := func(p view.Problem) error {
		c.show(w, r, max(p.Status, http.StatusOK), c.userForm(r, u, f, onRows(f, p)))
		return nil
	}
	if f.Go != "save" {
		return show(view.Problem{})
	}
	entered, err := f.Record()
	if err == nil {
		_, err = c.Admin.UpdateUser(r.Context(), actor(r), u.ID, f.Version, func(u *rekey.SystemUser) error {
			entered.Status = u.Status
			if self && !actor(r).Authority().MayAdminister() {
				entered.Attributes, entered.Sources = u.Attributes, u.Sources
			}
			if !u.Directory.BuiltIn() {
				entered.Attributes = u.Attributes
			}
			*u = u.With(entered)
			return nil
		})
	}
	switch {
	case rekey.CodeOf(err) == rekey.CodeStale:
		c.show(w, r, http.StatusPreconditionFailed, c.newerUser(r, u, f))
		return nil
	case err != nil:
		return c.showAgain(w, err, show)
	}
	http.Redirect(w, r, userPath(u.ID)+"?notice=user-saved", http.StatusSeeOther)
	return nil
}

// newerUser is the form after a newer version was stored: with the typed fields, and
// the differences from the stored version. The next save overwrites that version.
func (c *Console) newerUser(r *http.Request, stored rekey.SystemUser, f form.User) view.UserForm {
	f.Version, f.Go = stored.Version, "save"
	page := c.userForm(r, stored, f, view.Problem{})
	now := formOf(stored)
	page.Newer = &view.Newer{At: c.moment(r, stored.UpdatedAt)}
	compare := func(field, stored, typed string) {
		if stored != typed {
			page.Newer.Changes = append(page.Newer.Changes, view.Difference{Field: field, Stored: stored, Typed: typed})
		}
	}
	for _, field := range rekey.UserFields() {
		compare(field.Label, fieldText(field, stored, shortTypeTexts), fieldText(field, f.Entered, shortTypeTexts))
	}
	if page.Attributes != nil {
		compare("Attributes", attributeText(now), attributeText(f))
	}
	if page.Sources != nil {
		compare("Events it may post", sourceText(now), sourceText(f))
	}
	return page
}

func attributeText(f form.User) string {
	var list []string
	for _, a := range f.Attributes {
		list = append(list, a.Name+" = "+a.Value)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func sourceText(f form.User) string {
	var list []string
	for _, s := range f.Sources {
		text := s.Source + ": " + strings.Join(strings.Split(s.Names, "\n"), ", ")
		if s.People != "" {
			text += ", people: " + s.People
		}
		if s.Trusted {
			text += ", trusted"
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}
