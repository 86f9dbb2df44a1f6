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
		page.Effect = "They have no password yet, and no active automation sends them one: you can do so then."
	}
	return page, err
}

func (c *Console) newUser(w http.ResponseWriter, r *http.Request) error {
	page, err := c.newUserPage(r, form.User{Type: string(rekey.TypeUI), Role: string(rekey.RoleMember)}, view.Problem{})
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
	created := rekey.SystemUser{
		Address: f.Address, FirstName: f.FirstName, LastName: f.LastName, Type: rekey.UserType(f.Type), Role: rekey.Role(f.Role),
		Language: f.Language, TimeZone: f.TimeZone, Sources: f.SourcesOf(),
	}
	if created.Attributes, err = f.AttributesOf(); err == nil {
		created, err = c.Admin.CreateUser(r.Context(), actor(r), created)
	}
	if err != nil {
		return c.again(w, err, show)
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

// editable is the system user of a page, if the actor may change anything of
// theirs.
func (c *Console) editable(r *http.Request) (rekey.SystemUser, error) {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && actor(r).ID != u.ID && !actor(r).Authority().MayChange(u) {
		err = rekey.NewError(rekey.CodeForbidden, "Only somebody of a higher rank can change this account.")
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
	if self {
		f.Address, f.Type, f.Role = u.Address, string(u.Type), string(u.Role)
	}
	show := func(p view.Problem) error {
		c.show(w, r, max(p.Status, http.StatusOK), c.userForm(r, u, f, onRows(f, p)))
		return nil
	}
	if f.Go != "save" {
		return show(view.Problem{})
	}
	attributes, err := f.AttributesOf()
	if err == nil {
		_, err = c.Admin.UpdateUser(r.Context(), actor(r), u.ID, f.Version, func(u *rekey.SystemUser) error {
			u.FirstName, u.LastName, u.Language, u.TimeZone = f.FirstName, f.LastName, f.Language, f.TimeZone
			u.Address, u.Type, u.Role = f.Address, rekey.UserType(f.Type), rekey.Role(f.Role)
			if !self || actor(r).Authority().MayAdminister() {
				u.Attributes, u.Sources = attributes, f.SourcesOf()
			}
			return nil
		})
	}
	switch {
	case rekey.CodeOf(err) == rekey.CodeStale:
		c.show(w, r, http.StatusPreconditionFailed, c.newerUser(r, u, f))
		return nil
	case err != nil:
		return c.again(w, err, show)
	}
	http.Redirect(w, r, userPath(u.ID)+"?notice=user-saved", http.StatusSeeOther)
	return nil
}

// newerUser is the form of somebody who saved too late: with what they typed, and
// how what is stored differs from it. Saving it once more replaces that.
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
	compare("Email address", now.Address, f.Address)
	compare("First name", now.FirstName, f.FirstName)
	compare("Last name", now.LastName, f.LastName)
	compare("Type", shortTypeTexts[stored.Type], shortTypeTexts[rekey.UserType(f.Type)])
	compare("Role", roleTexts[stored.Role], roleTexts[rekey.Role(f.Role)])
	compare("Language", now.Language, f.Language)
	compare("Time zone", now.TimeZone, f.TimeZone)
	if page.Attributes != nil {
		compare("Attributes", attributeText(now), attributeText(f))
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
		list = append(list, s.Source+": "+strings.Join(strings.Fields(s.Names), ", "))
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}
