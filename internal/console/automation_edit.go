package console

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

var errNotToChange = rekey.NewError(rekey.CodeForbidden, "This automation belongs to somebody of a higher rank or to Rekey, so you cannot change it. You can make your own copy.")

func init() {
	notices["automation-saved"] = "The automation is saved."
	notices["automation-running"] = "The automation is saved. The change also applies to waiting runs, but their due times stay the same."
	notices["automation-activated"] = "The automation is saved and active. From now on, each matching event starts a run."
	notices["automation-trying"] = "The automation is saved and in trial. Each matching event starts a run that says what it would send, and sends nothing."
	notices["automation-drafted"] = "The draft is saved. Nothing is sent until you activate it."
}

// drafted is an automation in the editor: as stored, and as typed.
type drafted struct {
	form.Editor
	// stored is the automation as stored, or the defaults of a new one.
	stored admin.AutomationView
	// edited is stored with the typed fields written over it.
	edited   rekey.Automation
	unread   []rekey.FieldError // the fields that cannot be read
	conflict *view.Conflict
	arrived  bool
	backtest *view.Backtest
}

// newAutomation opens the editor for a new automation: empty, with a recipe, or
// for an event and a job from the catalogue.
func (c *Console) newAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.beginning(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	for _, recipe := range recipes {
		if recipe.word == q.Get("recipe") {
			recipe.write(&a)
		}
	}
	if event, known := rekey.FindEventType(q.Get("event")); known {
		a.EventType = event.Name
	}
	return c.openEditor(w, r, admin.AutomationView{Automation: a, Manageable: true})
}

// beginning returns the defaults of a new automation.
func (c *Console) beginning(r *http.Request) (rekey.Automation, error) {
	a, err := c.Admin.NewAutomation(r.Context(), actor(r))
	a.TimeZone = c.readerZone(r).String()
	return a, err
}

// editAutomation opens the editor for a stored automation.
func (c *Console) editAutomation(w http.ResponseWriter, r *http.Request) error {
	stored, err := c.manageable(r)
	if err != nil {
		return err
	}
	return c.openEditor(w, r, stored)
}

// manageable returns the automation that a path names, if the actor may change it.
func (c *Console) manageable(r *http.Request) (admin.AutomationView, error) {
	v, err := c.Admin.AutomationView(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && !v.Manageable {
		err = errNotToChange
	}
	return v, err
}

func (c *Console) openEditor(w http.ResponseWriter, r *http.Request, stored admin.AutomationView) error {
	page, err := c.editorPage(r, c.opened(r, stored), view.Problem{})
	if err == nil {
		c.show(w, r, http.StatusOK, page)
	}
	return err
}

// opened returns an automation for the editor before anything is typed.
func (c *Console) opened(r *http.Request, stored admin.AutomationView) drafted {
	d := drafted{stored: stored, edited: stored.Automation}
	d.Typed = c.typed(r, stored.Automation)
	d.Was, d.ID, d.Version, d.Step = d.Typed, stored.ID, stored.Version, "event"
	return d
}

// typed returns the fields of an automation, with the addresses of people whom the
// actor may view.
func (c *Console) typed(r *http.Request, a rekey.Automation) url.Values {
	addresses := map[string]string{}
	for _, id := range a.Names() {
		if u, err := c.Admin.User(r.Context(), actor(r), id); id != "" && err == nil {
			addresses[id] = u.Address
		}
	}
	return typedOf(a, addresses)
}

// createAutomation answers the editor of a new automation.
func (c *Console) createAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.beginning(r)
	if err != nil {
		return err
	}
	return c.edit(w, r, admin.AutomationView{Automation: a, Manageable: true})
}

// saveAutomation answers the editor of a stored automation.
func (c *Console) saveAutomation(w http.ResponseWriter, r *http.Request) error {
	stored, err := c.manageable(r)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		if stored.Automation, err = c.beginning(r); err == nil {
			return c.editGone(w, r, stored)
		}
	}
	if err != nil {
		return err
	}
	return c.edit(w, r, stored)
}

// editGone keeps the typed fields of an automation that was deleted meanwhile.
func (c *Console) editGone(w http.ResponseWriter, r *http.Request, begun admin.AutomationView) error {
	d, err := readDraft(w, r, begun)
	if err != nil {
		return err
	}
	d.ID, d.Version = "", 0
	p := view.Problem{Status: http.StatusNotFound, Message: "Somebody deleted this automation in the meantime. What you typed is still here. If you save it, you create a new automation."}
	page, err := c.editorPage(r, d, p)
	if err == nil {
		c.show(w, r, p.Status, page)
	}
	return err
}

func readDraft(w http.ResponseWriter, r *http.Request, stored admin.AutomationView) (drafted, error) {
	f, err := form.ReadEditor(w, r, editorFields())
	d := drafted{Editor: f, stored: stored, edited: stored.Automation}
	d.unread = writeTyped(d.Typed, &d.edited)
	d.ID = stored.ID
	return d, err
}

// readable returns an error that names the fields that cannot be read.
func (d drafted) readable() error {
	if len(d.unread) == 0 {
		return nil
	}
	return &rekey.Error{Code: rekey.CodeInvalid, Message: "The input is not valid.", Fields: d.unread}
}

// edit does the action of the button that was pressed.
func (c *Console) edit(w http.ResponseWriter, r *http.Request, stored admin.AutomationView) error {
	d, err := readDraft(w, r, stored)
	if err != nil {
		return err
	}
	showAgain := func(p view.Problem) error {
		page, err := c.editorPage(r, d, p)
		if err == nil {
			c.show(w, r, p.Status, page)
		}
		return err
	}
	switch d.Go {
	case "save", "activate", "trial", "copy":
		to, err := c.keep(r, d)
		if err == nil {
			leadTo(w, to)
			return nil
		}
		if rekey.CodeOf(err) == rekey.CodeStale {
			return c.showConflict(w, r, d)
		}
		return c.showAgain(w, err, showAgain)
	case "backtest":
		if d.backtest, err = c.backtest(r, d); err != nil {
			return c.showAgain(w, err, showAgain)
		}
	case "event", "job", "frame":
		d.arrived = d.Go != d.Step
		d.Step = d.Go
	}
	page, err := c.editorPage(r, d, view.Problem{})
	if err == nil {
		c.show(w, r, http.StatusOK, page)
	}
	return err
}

// keep stores the typed fields and returns the path to go to.
func (c *Console) keep(r *http.Request, d drafted) (string, error) {
	if err := d.readable(); err != nil {
		return "", err
	}
	if err := c.confirmed(r, d); err != nil {
		return "", err
	}
	if d.Go == "copy" {
		name, err := c.Admin.FreeAutomationName(r.Context(), actor(r), rekey.TypedText(d.edited.Name))
		if err != nil {
			return "", err
		}
		d.edited.Name, d.ID = name, ""
	}
	var saved admin.SavedAutomation
	var err error
	write := func(a *rekey.Automation) error {
		writeTyped(d.Typed, a) // the fields were read without errors before
		return nil
	}
	switch {
	case d.ID == "" && d.Go == "trial":
		saved, err = c.Admin.CreateAutomationInTrial(r.Context(), actor(r), d.edited)
	case d.Go == "trial":
		saved, err = c.Admin.UpdateAndTryAutomation(r.Context(), actor(r), d.ID, d.Version, write)
	case d.ID == "":
		saved, err = c.Admin.CreateAutomation(r.Context(), actor(r), d.edited, d.Go == "activate")
	case d.Go == "activate":
		saved, err = c.Admin.UpdateAndActivateAutomation(r.Context(), actor(r), d.ID, d.Version, write)
	default:
		saved, err = c.Admin.UpdateAutomation(r.Context(), actor(r), d.ID, d.Version, write)
	}
	if err != nil {
		return "", err
	}
	notice := "automation-saved"
	switch a := saved.Automation; {
	case d.Go == "activate":
		notice = "automation-activated"
	case d.Go == "trial":
		notice = "automation-trying"
	case a.Status.Starts():
		notice = "automation-running"
	case a.Status == rekey.AutomationDraft:
		notice = "automation-drafted"
	}
	return automationPath(saved.Automation.ID) + "?notice=" + notice, nil
}

// confirmed returns an error if the automation includes API users and their number
// was not typed. If the number cannot be calculated yet, the page asks for it when
// the draft is activated.
func (c *Console) confirmed(r *http.Request, d drafted) error {
	if !d.edited.SendParams().IncludeAPIUsers {
		return nil
	}
	reach, err := c.Admin.APIUsersReached(r.Context(), actor(r), d.edited)
	if err != nil || reach.Count == 0 && !reach.Complete {
		return err
	}
	return c.Admin.CheckAPIConfirmation(r.Context(), actor(r), d.edited, d.Confirmed)
}

// editorPage is the editor with the typed fields, at the step that shows the errors.
func (c *Console) editorPage(r *http.Request, d drafted, p view.Problem) (view.Editor, error) {
	d.Step = stepToShow(d.Step, p)
	title := rekey.TypedText(d.stored.Name)
	page := view.Editor{
		Action: automationsPath + "/new", Cancel: automationsPath, ID: d.ID, Version: d.Version,
		Running: d.stored.Status == rekey.AutomationActive, Trying: d.stored.Status == rekey.AutomationTrial, Save: "Save as draft", Arrived: d.arrived && !p.Any(),
		Unsaved: d.Was.Encode() != d.Typed.Encode(), Carried: carried(d), Conflict: d.conflict, Backtest: d.backtest, Messages: !d.edited.SendsPasswords(),
	}
	if d.ID != "" {
		page.Cancel = automationPath(d.ID)
		page.Action = page.Cancel + "/edit"
		if d.stored.Status != rekey.AutomationDraft {
			page.Save = "Save"
		}
	} else {
		title = "New automation"
	}
	page.Frame = c.frame(r, title, automationsPath)
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Automations", Href: automationsPath}}
	page.Problem = view.Problem{Status: p.Status, Message: p.Message}
	wrong := map[string]bool{}
	for _, f := range p.Fields {
		step := stepOf(f.Field)
		if wrong[step] = true; step == d.Step || step == "" {
			page.Problem.Fields = append(page.Problem.Fields, f)
		} else {
			page.Elsewhere = append(page.Elsewhere, view.EditorProblem{Step: step, Field: f.Field, Message: f.Message})
		}
	}
	if len(page.Elsewhere) > 0 && !page.Problem.Any() {
		page.Problem.Message = "Something is missing in another step."
	}
	for _, step := range editorSteps {
		page.Steps = append(page.Steps, view.EditorStep{Name: step.name, Title: step.title, Active: step.name == d.Step, Wrong: wrong[step.name]})
	}
	was, err := json.Marshal(d.Was)
	if err != nil {
		return page, err
	}
	page.Was = string(was)
	seen, err := c.look(r, d)
	if err != nil {
		return page, err
	}
	page.Naming, page.Reach = seen.naming, seen.reach
	switch d.Step {
	case "job":
		page.Job, err = c.jobStep(r, d, seen, p)
	case "frame":
		page.Times = timesStep(d, seen, p)
	default:
		page.Event, err = c.eventStep(r, d, p)
	}
	return page, err
}

// stepToShow is the present step, unless only other steps have errors.
func stepToShow(at string, p view.Problem) string {
	first := ""
	for _, f := range p.Fields {
		step := stepOf(f.Field)
		if step == at {
			return at
		}
		if first == "" {
			first = step
		}
	}
	switch {
	case first != "":
		return first
	case at == "job", at == "frame":
		return at
	default:
		return "event"
	}
}

// carried are the fields of the other steps, as hidden fields.
func carried(d drafted) []view.Hidden {
	var list []view.Hidden
	for _, name := range slices.Sorted(maps.Keys(d.Typed)) {
		stays := d.stored.BuiltIn != "" && (name == fieldUseEvent || name == fieldSystemUser || name == fieldCeiling)
		if stepOf(name) == d.Step && !stays {
			continue
		}
		for _, value := range d.Typed[name] {
			list = append(list, view.Hidden{Name: name, Value: value})
		}
	}
	if d.Confirmed != "" && d.Step != "job" {
		list = append(list, view.Hidden{Name: fieldConfirm, Value: d.Confirmed})
	}
	return list
}
