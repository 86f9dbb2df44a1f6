package console

import (
	"cmp"
	"net/http"
	"slices"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// deletedAutomation stands for the name of an automation that was deleted.
const deletedAutomation = "a deleted automation"

// automationField chooses the automation that must have finished. It offers all but the
// edited one, by name.
func (c *Console) automationField(r *http.Request, d drafted, p view.Problem) (view.Field, error) {
	chosen := d.Typed.Get(fieldAutomation)
	field := view.Field{
		Name: fieldAutomation, Label: "Automation that has finished", Value: chosen, Errors: p.Of(fieldAutomation),
		Hint: "The event names the system users who were sent a password in the run that has finished. At most 8 automations run one after another.",
	}
	var all []rekey.Automation
	for after, more := "", true; more; more = after != "" {
		page, err := c.Admin.Automations(r.Context(), actor(r), rekey.AutomationQuery{}, admin.Place{After: after, Limit: admin.MaxPage})
		if err != nil {
			return field, err
		}
		all, after = append(all, page.Entries...), page.Next
	}
	slices.SortFunc(all, func(a, b rekey.Automation) int { return cmp.Compare(a.NameKey, b.NameKey) })
	known := chosen == ""
	field.Options = []view.Option{{Label: "Choose an automation"}}
	for _, a := range all {
		if a.ID != d.stored.ID {
			field.Options = append(field.Options, view.Option{Value: a.ID, Label: a.Name})
			known = known || a.ID == chosen
		}
	}
	if !known {
		field.Options = append(field.Options, view.Option{Value: chosen, Label: capital(deletedAutomation)})
	}
	field.Options = view.Choose(field.Options, chosen)
	return field, nil
}

// automationNames are the names of automations, by id. Some may be deleted.
func (c *Console) automationNames(r *http.Request, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		if id == "" || names[id] != "" {
			continue
		}
		a, err := c.Admin.Automation(r.Context(), actor(r), id)
		if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return nil, err
		}
		names[id] = cmp.Or(a.Name, deletedAutomation)
	}
	return names, nil
}
