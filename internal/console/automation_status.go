package console

import (
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func init() {
	notices["automation-now-active"] = "The automation is active. From now on, each matching event starts a run."
	notices["automation-scheduled"] = "The automation is active. It starts runs when its time frame begins."
	notices["automation-in-trial"] = "The automation is in trial. Each matching event starts a run that says what it would send, and sends nothing."
	notices["automation-deactivated"] = "The automation is deactivated. Events no longer start runs."
	notices["automation-deleted"] = "The automation is deleted. Its runs stay on record."
	notices["automation-copied"] = "This copy is a draft and belongs to you. It acts with your authority."
}

func (c *Console) automationAsk(r *http.Request, a rekey.Automation, title string) view.Ask {
	page := view.Ask{
		Frame: c.frame(r, title, automationsPath), Post: r.URL.Path, Version: a.Version,
		Back: view.Link{Text: "Back to '" + a.Name + "'", Href: automationPath(a.ID)},
	}
	page.Crumbs = []view.Link{{Text: "Automations", Href: automationsPath}, {Text: a.Name, Href: automationPath(a.ID)}}
	return page
}

func (c *Console) askActivateAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	page, err := c.activatePage(r, a.Automation, "", view.Problem{})
	if err == nil {
		c.show(w, r, http.StatusOK, page)
	}
	return err
}

func (c *Console) activatePage(r *http.Request, a rekey.Automation, typed string, p view.Problem) (view.Ask, error) {
	page := c.automationAsk(r, a, "Activate '"+a.Name+"'?")
	page.Button, page.Problem = "Activate '"+a.Name+"'", p
	page.Text = []string{"From then on, each matching event in the time frame starts a run."}
	if a.Status == rekey.AutomationTrial {
		tried, err := c.trialTexts(r, a.ID)
		if err != nil {
			return page, err
		}
		page.Text = append(append([]string{"It is in trial now."}, tried...), page.Text...)
	}
	if !a.SendParams().IncludeAPIUsers {
		return page, nil
	}
	page.Danger = true
	page.Text = append(page.Text, "It includes API users. Programs log in with these passwords: after this job they fail with wrong credentials until somebody changes their configuration.")
	reach, err := c.Admin.APIUsersReached(r.Context(), actor(r), a)
	accounts := c.apiAccounts(r, reach)
	page.Accounts = &accounts
	page.Confirm = &view.Field{
		Name: fieldConfirm, Label: "To confirm, type the number of API accounts that it would reach now", Value: typed, Max: 10, Errors: p.Of(fieldConfirm),
	}
	return page, err
}

// activateAutomation asks for the number of API users if they are included and the
// number was not typed. The editor shows what a draft lacks.
func (c *Console) activateAutomation(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadActivation(w, r)
	if err != nil {
		return err
	}
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	d := drafted{stored: a, edited: a.Automation}
	d.Confirmed = f.Confirmed
	if err := c.confirmed(r, d); err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			page, err := c.activatePage(r, a.Automation, f.Confirmed, p)
			if err == nil {
				c.show(w, r, p.Status, page)
			}
			return err
		})
	}
	saved, err := c.Admin.ActivateAutomation(r.Context(), actor(r), a.ID, f.Version)
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error { return c.showIncomplete(w, r, a, p) })
	}
	notice := "automation-now-active"
	if saved.Automation.StatusAt(c.Clock()) == rekey.AutomationScheduled {
		notice = "automation-scheduled"
	}
	http.Redirect(w, r, automationPath(a.ID)+"?notice="+notice, http.StatusSeeOther)
	return nil
}

// showIncomplete opens an automation in the editor with its problems.
func (c *Console) showIncomplete(w http.ResponseWriter, r *http.Request, a admin.AutomationView, p view.Problem) error {
	page, err := c.editorPage(r, c.opened(r, a), p)
	if err == nil {
		c.show(w, r, p.Status, page)
	}
	return err
}

func (c *Console) askTryAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	waiting, err := c.Admin.CountWaiting(r.Context(), actor(r), a.ID)
	if err != nil {
		return err
	}
	page := c.automationAsk(r, a.Automation, "Put '"+a.Name+"' in trial?")
	page.Button = "Start the trial"
	page.Text = []string{"Each matching event still starts a run. The run says who would get a new password, who would not and why, but sends nothing and changes nothing."}
	if waiting > 0 && a.Status == rekey.AutomationActive {
		page.Text = append(page.Text, view.Plural(waiting, "run that waits becomes a trial", "runs that wait become trials")+", and stays one. Passwords that a run has already made are still sent.")
	}
	if stops, builtIn := builtInStops[a.BuiltIn]; builtIn {
		page.Text = append(page.Text, stops)
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// builtInStops says what stops with a built-in automation.
var builtInStops = map[string]string{
	admin.BuiltInReset: "People who forgot their password no longer get a new one from the log-in page. The page does not tell them.",
	admin.BuiltInSend:  "Nobody can send a new password by hand any more.",
}

func (c *Console) tryAutomation(w http.ResponseWriter, r *http.Request) error {
	version, err := form.ReadVersion(w, r)
	if err != nil {
		return err
	}
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	if _, err := c.Admin.TryAutomation(r.Context(), actor(r), a.ID, version); err != nil {
		return c.showAgain(w, err, func(p view.Problem) error { return c.showIncomplete(w, r, a, p) })
	}
	http.Redirect(w, r, automationPath(a.ID)+"?notice=automation-in-trial", http.StatusSeeOther)
	return nil
}

func (c *Console) askDeactivateAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	cancelled, err := c.cancels(r, a.ID)
	if err != nil {
		return err
	}
	page := c.automationAsk(r, a.Automation, "Deactivate '"+a.Name+"'?")
	page.Button = "Deactivate '" + a.Name + "'"
	page.Text = []string{"Events start no runs until somebody activates it again.", cancelled + " Mails that are being sent now are still sent."}
	if stops, builtIn := builtInStops[a.BuiltIn]; builtIn {
		page.Text = append(page.Text, stops)
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// cancels says how many waiting runs end with an automation.
func (c *Console) cancels(r *http.Request, id string) (string, error) {
	n, err := c.Admin.CountWaiting(r.Context(), actor(r), id)
	if n == 0 {
		return "It has no waiting runs.", err
	}
	return "This cancels " + view.Plural(n, "waiting run", "waiting runs") + ".", err
}

func (c *Console) deactivateAutomation(w http.ResponseWriter, r *http.Request) error {
	version, err := form.ReadVersion(w, r)
	if err != nil {
		return err
	}
	saved, err := c.Admin.DeactivateAutomation(r.Context(), actor(r), r.PathValue("id"), version)
	if err != nil {
		return err
	}
	http.Redirect(w, r, automationPath(saved.Automation.ID)+"?notice=automation-deactivated", http.StatusSeeOther)
	return nil
}

func (c *Console) askDeleteAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.manageable(r)
	if err != nil {
		return err
	}
	cancelled, err := c.cancels(r, a.ID)
	if err != nil {
		return err
	}
	page := c.automationAsk(r, a.Automation, "Delete '"+a.Name+"'?")
	page.Button, page.Danger = "Delete '"+a.Name+"' permanently", true
	page.Text = []string{cancelled + " Mails that are being sent now are still sent.", "Its runs and deliveries stay on record. To stop it for a while, deactivate it instead."}
	if a.BuiltIn != "" {
		page.Refused = "This automation is built in and cannot be deleted."
		page.Instead = view.Link{Text: "Deactivate it", Href: automationPath(a.ID) + "/deactivate"}
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) deleteAutomation(w http.ResponseWriter, r *http.Request) error {
	version, err := form.ReadVersion(w, r)
	if err != nil {
		return err
	}
	if _, err := c.Admin.DeleteAutomation(r.Context(), actor(r), r.PathValue("id"), version); err != nil {
		return err
	}
	http.Redirect(w, r, automationsPath+"?notice=automation-deleted", http.StatusSeeOther)
	return nil
}

// copyAutomation makes a copy as a draft and opens it. A copy that would be invalid
// is not saved, but opened with its problems.
func (c *Console) copyAutomation(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	saved, err := c.Admin.CopyAutomation(r.Context(), actor(r), id, "")
	if err == nil {
		http.Redirect(w, r, automationPath(saved.Automation.ID)+"/edit?notice=automation-copied", http.StatusSeeOther)
		return nil
	}
	if rekey.CodeOf(err) != rekey.CodeInvalid {
		return err
	}
	a, readErr := c.Admin.Automation(r.Context(), actor(r), id)
	if readErr != nil {
		return readErr
	}
	if a.Name, readErr = c.Admin.FreeAutomationName(r.Context(), actor(r), a.Name); readErr != nil {
		return readErr
	}
	a.ID, a.BuiltIn, a.OwnerID, a.Status, a.Version = "", "", "", "", 0
	return c.showAgain(w, err, func(p view.Problem) error {
		return c.showIncomplete(w, r, admin.AutomationView{Automation: a, Manageable: true}, p)
	})
}
