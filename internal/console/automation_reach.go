package console

import (
	"cmp"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

const (
	shownOfGroup = 20 // of each group of the preview
	maxNaming    = 2_000
)

// look is what the editor shows beside the fields: the effects of the typed fields.
type look struct {
	preview  admin.AutomationPreview
	names    sentence.Names
	naming   view.Field
	reach    view.Reach
	accounts view.APIAccounts
}

// reachAutomation answers the editor while somebody types.
func (c *Console) reachAutomation(w http.ResponseWriter, r *http.Request) error {
	stored := admin.AutomationView{}
	d, err := readDraft(w, r, stored)
	if err != nil {
		return err
	}
	// The owner comes from the stored automation, everything else from the form.
	if id := r.PostForm.Get("id"); id != "" {
		if stored, err = c.Admin.AutomationView(r.Context(), actor(r), id); err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return err
		}
		d.stored, d.edited.ID = stored, stored.ID
	}
	seen, err := c.look(r, d)
	if err != nil {
		return err
	}
	page := view.Editor{Reach: seen.reach}
	page.Reach.Apart = true
	switch d.Step {
	case "job":
		accounts := seen.accounts
		accounts.Apart = true
		page.Reach.Accounts = &accounts
		page.Reach.Warned = []view.Warned{seen.warned(fieldJob), seen.warned(fieldSystemUser), seen.warned(fieldSelection), seen.guardWarned(d.edited)}
	case "frame":
		page.Reach.Warned = []view.Warned{seen.warned(fieldStart), seen.warned(fieldEnd), seen.warned(fieldDays), seen.warned(fieldHoursFrom)}
	}
	for i := range page.Reach.Warned {
		page.Reach.Warned[i].Apart = true
	}
	c.showPart(w, r, page, "reach-answer")
	return nil
}

// look calculates the effects of the typed fields.
func (c *Console) look(r *http.Request, d drafted) (look, error) {
	var l look
	var err error
	if l.names, err = c.namesFor(r, d.edited); err != nil {
		return l, err
	}
	if l.preview, err = c.Admin.PreviewDraft(r.Context(), actor(r), d.edited, named(d.Naming)); err != nil {
		return l, err
	}
	l.naming = view.Field{
		Name: "naming", Label: "Suppose the event names", Kind: "textarea", Rows: 2, Value: d.Naming, Max: maxNaming, Optional: true, Suggest: "/users/suggest",
		Hint: "One system user per line. Leave empty to preview everybody you may view.",
	}
	l.reach = c.reachOf(r, d, l)
	if l.reach.Mail, err = c.sampleMail(r, d.edited); err != nil {
		return l, err
	}
	if d.edited.SendParams().IncludeAPIUsers {
		reach, err := c.Admin.APIUsersReached(r.Context(), actor(r), d.edited)
		if err != nil {
			return l, err
		}
		l.accounts = c.apiAccounts(r, reach)
	}
	return l, nil
}

// named splits a text field that names several people.
func named(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n\r\t ,;", r) })
}

func (c *Console) reachOf(r *http.Request, d drafted, l look) view.Reach {
	now, p := c.Clock(), l.preview
	reach := view.Reach{
		Step: d.Step, Sentence: sentence.Of(d.edited, l.names), Previewed: p.Previewed,
		AsOf: c.moment(r, now), Moments: c.moments(r, d.edited), Summary: "The recipients are not known yet",
	}
	for i := range reach.Sentence {
		if step := stepOf(reach.Sentence[i].Field); step != d.Step {
			reach.Sentence[i].Step = step
		}
	}
	if !p.Previewed {
		reach.NotYet = "Complete the automation to see whom it would reach."
		for _, problem := range p.Problems {
			reach.NotYet += " " + problem.Message
		}
		return reach
	}
	if p.DueAt.After(now) {
		reach.Due = c.moment(r, p.DueAt)
	}
	reach.Unused = unusedNaming(d)
	title := "Gets a new password"
	if !d.edited.SendsPasswords() {
		title = "Gets the message"
	}
	reach.Reached = peopleOf(title, p.Reached)
	for _, reason := range reasonsOf(p.Skipped) {
		var group []admin.Candidate
		for _, candidate := range p.Skipped {
			if candidate.Reason == reason {
				group = append(group, candidate)
			}
		}
		reach.Skipped = append(reach.Skipped, peopleOf(capital(reason.Text()), group))
	}
	reach.Summary = "Reaches " + view.Count(len(p.Reached)) + ", skips " + view.Count(len(p.Skipped))
	if held := p.Held(); held != "" {
		reach.Held = heldWarning(held)
	}
	if p.Hidden > 0 {
		reach.Hidden = view.Count(p.Hidden) + " more that you may not view."
	}
	if !p.Complete {
		reach.Summary += " or more"
		reach.Partial = "Only the first " + view.Count(p.LookedAt) + " people were checked. There are more."
	}
	return reach
}

// heldWarning says that a run would wait for approval, and why: "19 people, ceiling 10".
func heldWarning(why string) string { return "The run would be held for approval: " + why + "." }

// unusedNaming says why the preview does not use the people typed beside it; "" if it
// does.
func unusedNaming(d drafted) string {
	send := d.edited.SendParams()
	switch {
	case len(named(d.Naming)) == 0, !d.edited.SendsPasswords():
		return ""
	case send.SystemUser != "":
		return "The people in the event make no difference here: the automation always sends to one person."
	case send.EverybodyInSelection:
		return "The people in the event make no difference here: the automation sends to everybody in the selection."
	default:
		return ""
	}
}

// reasonsOf lists the reasons, in the order in which they first occur.
func reasonsOf(skipped []admin.Candidate) []rekey.Reason {
	var reasons []rekey.Reason
	seen := map[rekey.Reason]bool{}
	for _, s := range skipped {
		if !seen[s.Reason] {
			seen[s.Reason] = true
			reasons = append(reasons, s.Reason)
		}
	}
	return reasons
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func peopleOf(title string, candidates []admin.Candidate) view.ReachGroup {
	g := view.ReachGroup{Title: title, Count: view.Count(len(candidates))}
	for _, candidate := range candidates[:min(len(candidates), shownOfGroup)] {
		p := view.PersonOf(candidate.User)
		if candidate.User.ID == "" {
			p = view.Person{Address: candidate.Subject, Gone: true}
		}
		if candidate.CallsAPI {
			p.Note = "programs call the API with this password"
		}
		g.People = append(g.People, p)
	}
	if more := len(candidates) - shownOfGroup; more > 0 {
		g.More = view.Count(more)
	}
	return g
}

// sampleMail is the mail as the reader of the page would get it.
func (c *Console) sampleMail(r *http.Request, a rekey.Automation) (*view.MailSample, error) {
	if !a.SendsPasswords() {
		return c.sampleMessage(r, a)
	}
	if a.JobType != rekey.SendNewPassword || a.EventType == "" {
		return nil, nil
	}
	p := a.SendParams()
	occasion := engine.Occasion{
		Language: actor(r).Language, Reader: rekey.TypeUI, Automation: a.Name, EventType: a.EventType, Involved: p.UseEventParameter,
		OldPassword: p.OldPassword, Note: p.Note,
	}
	switch a.EventType {
	case rekey.External:
		occasion.EventName = eventName(a)
	case rekey.UserCreated:
		occasion.Chosen = rekey.ChosenNever
	}
	sample := &view.MailSample{}
	var err error
	sample.Subject, sample.Text, _, err = c.Mail.Preview(occasion, engine.SampleLetter(actor(r), c.Clock()))
	return sample, err
}

// sampleMessage is a message about the reader of the page.
func (c *Console) sampleMessage(r *http.Request, a rekey.Automation) (*view.MailSample, error) {
	p, err := rekey.ParseNotifyParams(a.JobParams)
	if err != nil {
		return nil, nil //nolint:nilerr // the problems of the preview say it
	}
	event, _ := rekey.FindEventType(a.EventType)
	told := rekey.Told{Event: cmp.Or(event.Label, "…"), At: c.Clock(), Automation: a.Name}
	if a.EventType == rekey.External {
		told.Event = eventName(a)
	}
	if zone, err := rekey.LoadZone(a.TimeZone); err == nil {
		told.At = told.At.In(zone)
	}
	if !event.NamesNobody {
		told.Count, told.People = 1, []string{rekey.Line(actor(r))}
	}
	sample := &view.MailSample{}
	sample.Subject, sample.Text = p.Fill(told)
	return sample, nil
}

func (c *Console) apiAccounts(r *http.Request, reach admin.APIReach) view.APIAccounts {
	accounts := view.APIAccounts{Known: reach.Count > 0 || reach.Complete, Count: view.Plural(reach.Count, "account", "accounts")}
	for _, u := range reach.Users {
		accounts.Rows = append(accounts.Rows, view.APIAccount{
			Person: view.PersonOf(u.User), LastCall: c.moment(r, u.LastPasswordCall), Token: c.moment(r, u.LastTokenUse),
		})
	}
	switch more := reach.Count - len(reach.Users); {
	case !reach.Complete && reach.Count > 0:
		accounts.More = "Not all were checked. There are more."
	case more > 0:
		accounts.More = "and " + view.Count(more) + " more"
	}
	return accounts
}

// warned are the warnings that stand beside a field.
func (l look) warned(field string) view.Warned {
	w := view.Warned{Field: field}
	for _, warning := range l.preview.Warnings {
		if warning.Field == field {
			w.Messages = append(w.Messages, warning.Message)
		}
	}
	return w
}

// guardWarned says that the selection still excludes API users although the guard
// is off.
func (l look) guardWarned(a rekey.Automation) view.Warned {
	w := view.Warned{Field: fieldIncludeAPI}
	if sel := l.names.Selections[a.SelectionID]; a.SendParams().IncludeAPIUsers && sel.BuiltIn == rekey.AllExceptAPI {
		w.Messages = []string{"The selection '" + sel.Name + "' still leaves them out. Choose another selection to reach them."}
	}
	return w
}
