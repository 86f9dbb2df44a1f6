package console

import (
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func init() {
	notices["transferred"] = "It has a new owner. An automation acts with its new owner's authority."
	notices["handed-on"] = "Everything has a new owner. Automations act with their new owner's authority."
}

// shownReaches is how many automations are previewed before a transfer.
const shownReaches = 10

// ownerField is the field for the new owner.
func ownerField(owner string, p view.Problem) *view.Field {
	return &view.Field{
		Name: "owner", Label: "New owner", Value: owner, Max: 320, Suggest: "/users/suggest", Errors: p.Of("owner"),
		Hint: "The address of an Operator, Manager or Administrator, not of a higher rank than you, such as ada@example.org.",
	}
}

func (c *Console) askTransferAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	return c.showTransferAutomation(w, r, a, r.URL.Query().Get("owner"), nil)
}

// showTransferAutomation asks for the new owner of an automation. Once one is named,
// it says whom the automation would reach with their authority. failed is the error
// of the transfer, or nil.
func (c *Console) showTransferAutomation(w http.ResponseWriter, r *http.Request, a admin.AutomationView, owner string, failed error) error {
	page := c.automationAsk(r, a.Automation, "Transfer '"+a.Name+"'?")
	page.Button, page.Look = "Transfer '"+a.Name+"'", "See who it would reach"
	page.Text = []string{"The automation acts with the authority of its owner, now " + ownerName(a) + ": it reaches only people whose password the owner may set. Nothing else changes."}
	if a.OwnerBlocked {
		page.Text = append(page.Text, "Its owner is blocked, so its runs are held. When it has a new owner, all checks are made and the runs continue.")
	}
	if a.OwnerID == "" {
		page.Refused = "This automation is built in and keeps its owner, Rekey."
		c.show(w, r, http.StatusOK, page)
		return nil
	}
	return c.showOwner(w, r, page, owner, failed, []rekey.Automation{a.Automation})
}

// showOwner shows a page that asks for a new owner, and whom the automations would
// reach then.
func (c *Console) showOwner(w http.ResponseWriter, r *http.Request, page view.Ask, owner string, failed error, automations []rekey.Automation) error {
	var err error
	if owner != "" && failed == nil {
		page.Reaches, failed = c.reachesWith(r, owner, automations)
	}
	status := http.StatusOK
	if failed != nil {
		err = c.showAgain(w, failed, func(p view.Problem) error {
			page.Problem, status = p, p.Status
			return nil
		})
	}
	if err != nil {
		return err
	}
	field := ownerField(owner, page.Problem)
	if page.Owner != nil {
		field.Label, field.Optional = page.Owner.Label, page.Owner.Optional
	}
	page.Owner = field
	c.show(w, r, status, page)
	return nil
}

// reachesWith says whom automations would reach with the authority of a new owner,
// if their events happened now and named everybody whom the reader may view.
func (c *Console) reachesWith(r *http.Request, owner string, automations []rekey.Automation) ([]view.TransferReach, error) {
	var list []view.TransferReach
	for _, a := range automations[:min(len(automations), shownReaches)] {
		p, err := c.Admin.PreviewTransfer(r.Context(), actor(r), a.ID, owner, nil)
		if err != nil {
			return nil, err
		}
		reach := view.TransferReach{Automation: view.Link{Text: a.Name, Href: automationPath(a.ID)}, Reached: peopleOf("Gets a new password", p.Reached)}
		reach.Summary = "If its event happened now to everybody you may view, " + view.Plural(len(p.Reached), "person", "people") + " would get a new password"
		if !p.Complete {
			reach.Summary += ", or more, because only the first were checked"
		}
		reach.Summary += ". " + skippedText(tallied(p.Skipped))
		for _, warning := range p.Warnings {
			reach.Warnings = append(reach.Warnings, warning.Message)
		}
		list = append(list, reach)
	}
	return list, nil
}

// tallied counts those who were skipped, by reason.
func tallied(skipped []admin.Candidate) []rekey.Tally {
	var list []rekey.Tally
	for _, reason := range reasonsOf(skipped) {
		t := rekey.Tally{State: rekey.DeliverySkipped, Reason: reason}
		for _, s := range skipped {
			if s.Reason == reason {
				t.Count++
			}
		}
		list = append(list, t)
	}
	return list
}

func (c *Console) transferAutomation(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadOwner(w, r)
	if err != nil {
		return err
	}
	saved, err := c.Admin.TransferAutomation(r.Context(), actor(r), r.PathValue("id"), f.Version, f.Owner)
	if err != nil {
		a, readErr := c.manageable(r)
		if readErr != nil {
			return readErr
		}
		return c.showTransferAutomation(w, r, a, f.Owner, err)
	}
	http.Redirect(w, r, automationPath(saved.Automation.ID)+"?notice=transferred", http.StatusSeeOther)
	return nil
}

func (c *Console) askTransferSelection(w http.ResponseWriter, r *http.Request) error {
	return c.showTransferSelection(w, r, "", nil)
}

func (c *Console) showTransferSelection(w http.ResponseWriter, r *http.Request, owner string, failed error) error {
	v, err := c.Admin.ViewSelection(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !v.Changeable {
		return errNotOffered
	}
	path := selectionsPath + "/" + v.ID
	page := view.Ask{
		Frame: c.frame(r, "Transfer '"+v.Name+"'?", selectionsPath), Post: r.URL.Path, Button: "Transfer '" + v.Name + "'", Version: v.Version,
		Text: []string{"The new owner can change it. It still selects the same system users."}, Back: view.Link{Text: "Back to the selection", Href: path},
	}
	page.Crumbs = selectionCrumbs(view.Link{Text: v.Name, Href: path})
	return c.showOwner(w, r, page, owner, failed, nil)
}

func (c *Console) transferSelection(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadOwner(w, r)
	if err != nil {
		return err
	}
	sel, err := c.Admin.TransferSelection(r.Context(), actor(r), r.PathValue("id"), f.Version, f.Owner)
	if err != nil {
		return c.showTransferSelection(w, r, f.Owner, err)
	}
	http.Redirect(w, r, selectionsPath+"/"+sel.ID+"?notice=transferred", http.StatusSeeOther)
	return nil
}

// holdingsText names what belongs to somebody: "the automations 'Locked out' and
// 'Leak', and the selection 'Kiosks'".
func holdingsText(h admin.Holdings) string {
	var parts []string
	if n := len(h.Automations); n > 0 {
		parts = append(parts, map[bool]string{true: "the automation ", false: "the automations "}[n == 1]+automationNames(h.Automations))
	}
	if n := len(h.Selections); n > 0 {
		parts = append(parts, view.Plural(n, "selection", "selections"))
	}
	return strings.Join(parts, ", and ")
}
