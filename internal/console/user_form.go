package console

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// userForm is the filled form for a system user; before is the stored user, zero for
// a new one.
func (c *Console) userForm(r *http.Request, before rekey.SystemUser, f form.User, p view.Problem) view.UserForm {
	title := "New system user"
	if before.ID != "" {
		title = "Edit " + view.PersonOf(before).Shown()
	}
	page := view.UserForm{
		Frame: c.frame(r, title, usersPath), Post: r.URL.Path, Version: f.Version, Back: usersPath, Button: "Save", Unsaved: f.Go != "",
		Address: view.Field{
			Name: "address", Label: "Email address", Kind: "email", Value: f.Entered.Address, Max: 254, Errors: p.Of("address"),
			Hint: "This is the user name. New passwords are sent to this address.", Focus: before.ID == "" && f.Go == "",
		},
		Type: typeChoice(before, string(f.Entered.Type), p), Role: roleChoice(actor(r), before, string(f.Entered.Role), p),
	}
	page.Problem = p
	page.Crumbs = []view.Link{{Text: "System users", Href: usersPath}}
	page.Profile = c.profile(f, p, actor(r), before)
	if before.ID != "" {
		page.Crumbs, page.Back = userCrumbs(before), userPath(before.ID)
		page.Address.Hint = "This is the user name. New passwords are sent to this address. If you change it, passwords that were mailed to the old address end."
	}
	if actor(r).ID == before.ID {
		page.WhyFixed = "You cannot change these yourself; somebody of a higher rank, or another Administrator, can."
	}
	if directory := before.Directory.Directory; directory != "" {
		page.WhyFixed = "The directory " + directory + " decides these, and its attributes. Change them there: the next import brings them here."
	}
	for _, field := range rekey.UserFields() {
		if mayEdit(actor(r), before, field) {
			continue
		}
		page.Fixed = append(page.Fixed, view.Fact{Label: field.Label, Text: fieldText(field, before, typeTexts)})
		switch field.Name {
		case "address":
			page.Address = view.Field{}
		case "type":
			page.Type = view.Choice{}
		case "role":
			page.Role = view.Choice{}
		}
	}
	if !before.Directory.BuiltIn() {
		for _, name := range slices.Sorted(maps.Keys(before.Attributes)) {
			page.Fixed = append(page.Fixed, view.Fact{Label: name, Text: before.Attributes[name]})
		}
	}
	if actor(r).ID == before.ID {
		if !actor(r).Authority().MayAdminister() {
			return page
		}
	}
	if before.Directory.BuiltIn() {
		page.Attributes = attributeRows(f, p)
	}
	if page.Fixed == nil || before.Type != rekey.TypeUI {
		page.Sources = c.sourceRows(r, f, p)
	}
	return page
}

// mayEdit reports whether the form for a stored user has a field. The actor may change
// the user.
func mayEdit(actor, before rekey.SystemUser, field rekey.UserField) bool {
	return (field.Own || actor.ID != before.ID) && !field.Decided(before)
}

// profile has a field for each free text of a stored user that the actor may change.
func (c *Console) profile(f form.User, p view.Problem, actor, before rekey.SystemUser) (list view.Profile) {
	for _, field := range rekey.UserFields() {
		if field.Name == "address" || field.Values != nil || !mayEdit(actor, before, field) {
			continue
		}
		v := view.Field{
			Name: field.Name, Label: field.Label, Value: field.Get(&f.Entered), Max: field.Max, Optional: true, Errors: p.Of(field.Name),
		}
		switch field.Name {
		case "language":
			v.Hint = "Mails are in this language."
			v.Options = c.languageOptions(v.Value, true)
		case "time_zone":
			v.Hint = "Pages show times in this zone. With the default, they use the time zone of the browser."
			v.Options = zoneOptions(v.Value, view.Option{Label: "System default (" + c.zone.String() + ")"})
		}
		list = append(list, v)
	}
	return list
}

// fieldText is the text of a user's field. types are the texts of the user types.
func fieldText(field rekey.UserField, u rekey.SystemUser, types map[rekey.UserType]string) string {
	switch field.Name {
	case "type":
		return types[u.Type]
	case "role":
		return u.Role.Label()
	default:
		return field.Get(&u)
	}
}

func typeChoice(before rekey.SystemUser, chosen string, p view.Problem) view.Choice {
	ends := ""
	if before.ID != "" && before.Type != rekey.TypeUI {
		ends = " The change ends its tokens and its right to post events."
	}
	return view.Choice{Name: "type", Label: "Type", Errors: p.Of("type"), Options: view.Choose([]view.Option{
		{Value: string(rekey.TypeUI), Label: "UI", Hint: "A person who logs in here." + ends},
		{Value: string(rekey.TypeAPI), Label: "API", Hint: "A program that calls the API, and does not log in here. Automations leave it out unless they include API users."},
		{Value: string(rekey.TypeHybrid), Label: "Hybrid", Hint: "Both. Counts as an API user for 90 days after each call with its password."},
	}, chosen)}
}

var roleHints = map[rekey.Role]string{
	rekey.RoleAdministrator: "Everything: settings, mail, and all accounts.",
	rekey.RoleManager:       "Everything an Operator can do, and manages the accounts of Operators, too.",
	rekey.RoleOperator:      "Creates automations and selections, and manages the accounts of Members.",
	rekey.RoleMember:        "Only logs in and changes their own account.",
}

// roleChoice offers the roles that the actor may give, and the user's present one.
func roleChoice(actor, before rekey.SystemUser, chosen string, p view.Problem) view.Choice {
	choice := view.Choice{Name: "role", Label: "Role", Errors: p.Of("role")}
	for _, role := range rekey.Roles() {
		may := actor.Authority().MayGrant(role)
		if before.ID == "" { // the actor must be able to change the new user
			may = may && actor.Authority().MayChange(rekey.SystemUser{Role: role})
		}
		if may || role == before.Role && before.ID != "" {
			choice.Options = append(choice.Options, view.Option{Value: string(role), Label: role.Label(), Hint: roleHints[role]})
		}
	}
	choice.Options = view.Choose(choice.Options, chosen)
	return choice
}

func attributeRows(f form.User, p view.Problem) *view.Rows {
	rows := &view.Rows{Errors: p.Of("attributes")}
	list := f.Attributes
	if len(list) == 0 || f.Go == "add-attribute" {
		list = append(slices.Clip(list), form.Attribute{})
	}
	for i, a := range list {
		name, value := form.AttributeFields(i)
		n := strconv.Itoa(i + 1)
		rows.List = append(rows.List, [2]view.Field{
			{Name: name, Label: "Name " + n, Value: a.Name, Max: rekey.MaxAttributeKey, Focus: f.Go == "add-attribute" && i == len(list)-1},
			{Name: value, Label: "Value " + n, Value: a.Value, Max: rekey.MaxAttributeValue, Errors: p.Of(value)},
		})
	}
	return rows
}

// onRows gives errors of attributes the names of their rows.
func onRows(f form.User, p view.Problem) view.Problem {
	fields := slices.Clone(p.Fields)
	for i, a := range f.Attributes {
		for at := range fields {
			if fields[at].Field == "attributes."+a.Name {
				_, fields[at].Field = form.AttributeFields(i)
			}
		}
	}
	p.Fields = fields
	return p
}

// formOf fills the form in with what is stored.
func formOf(u rekey.SystemUser) form.User {
	f := form.User{Entered: u, Version: u.Version}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		f.Attributes = append(f.Attributes, form.Attribute{Name: name, Value: u.Attributes[name]})
	}
	for _, s := range u.Sources {
		f.Sources = append(f.Sources, form.Source{Source: s.Source, Names: strings.Join(s.Names, "\n"), People: s.People, Trusted: s.Trusted})
	}
	return f
}
