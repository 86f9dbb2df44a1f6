package console

import (
	"net/http"
	"slices"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

func (c *Console) showDelivery(w http.ResponseWriter, r *http.Request) error {
	page, err := c.deliveryPage(r)
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// deliveryPage is the page of the delivery that a request names.
func (c *Console) deliveryPage(r *http.Request) (view.Delivery, error) {
	d, err := c.Admin.Delivery(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return view.Delivery{}, err
	}
	run, err := c.Admin.Run(r.Context(), actor(r), d.RunID)
	if err != nil {
		return view.Delivery{}, err
	}
	event, err := c.Admin.Event(r.Context(), actor(r), run.EventID)
	if err != nil {
		return view.Delivery{}, err
	}
	people, err := c.deliveredTo(r, []rekey.Delivery{d})
	if err != nil {
		return view.Delivery{}, err
	}
	there, err := c.thereWrites(r, d, people[d.UserID])
	if err != nil {
		return view.Delivery{}, err
	}
	person := personOf(d, people)
	title := "New password for " + person.Shown()
	if d.Message() {
		title = "Message to " + person.Shown()
	}
	page := view.Delivery{
		Frame: c.frame(r, title, runsPath), State: deliveryStates[d.State], Person: person,
		Steps: c.deliverySteps(r, d, run.Run, event.Event, there), Reply: replyText(d.ReplyCode, d.ReplyText), Outcome: c.deliveryOutcome(r, d, people[d.UserID], run.Run, there),
		Facts: c.deliveryFacts(r, d, run, event.Event),
	}
	page.Crumbs = []view.Link{{Text: "Runs", Href: runsPath}, {Text: "Run " + shortID(run.ID), Href: runsPath + "/" + run.ID}}
	if page.Why, err = c.deliveryWhy(r, d, person, run, event.Event); err != nil {
		return page, err
	}
	page.WhyNot = whyNoRetry(run, d)
	if may := c.Admin.MayManageRun(r.Context(), actor(r), run.ID); page.WhyNot == "" && may != nil {
		page.WhyNot = "You cannot retry this delivery. Ask the automation's owner, or somebody of the same rank."
	}
	if page.WhyNot == "" {
		page.Retry = retryAction(d, person)
	}
	page.OthersFor = "Other deliveries to " + person.Shown() + " in this run"
	page.Others, err = c.otherDeliveries(r, d, run)
	return page, err
}

// otherDeliveries are the other deliveries to the same person in the run, from
// retries.
func (c *Console) otherDeliveries(r *http.Request, d rekey.Delivery, run admin.RunView) ([]view.DeliveryRow, error) {
	if d.UserID == "" {
		return nil, nil
	}
	found, err := c.Admin.Deliveries(r.Context(), actor(r), rekey.DeliveryQuery{RunID: d.RunID, UserID: d.UserID}, admin.Place{})
	if err != nil {
		return nil, err
	}
	var others []rekey.Delivery
	for _, other := range found.Entries {
		if other.ID != d.ID {
			others = append(others, other)
		}
	}
	return c.deliveryRows(r, run, others)
}

// deliverySteps are the steps from the event to the chosen password.
func (c *Console) deliverySteps(r *http.Request, d rekey.Delivery, run rekey.Run, e rekey.Event, there thereWrites) []view.Step {
	steps := c.firstSteps(r, run, e)
	if d.State == rekey.DeliverySkipped {
		return append(steps, view.Step{Name: "skipped", At: c.moment(r, d.UpdatedAt), State: view.StepFailed})
	}
	if d.State == rekey.DeliveryWouldBeSent {
		return append(steps, view.Step{Name: "would be sent", At: c.moment(r, d.UpdatedAt), State: view.StepTaken})
	}
	if d.Message() {
		return append(steps, c.messageSteps(r, d, run)...)
	}
	issued := c.step(r, "issued", d.IssuedAt, run.StartedAt)
	accepted := c.step(r, "accepted", d.AcceptedAt, d.IssuedAt)
	end := c.chosenStep(r, d, there)
	revoked, choice := c.revokedSteps(r, there), append(c.choiceSteps(r, there), c.changedSteps(r, there)...)
	switch d.State {
	case rekey.DeliveryQueued:
		issued.State = view.StepNow
	case rekey.DeliveryIssued, rekey.DeliveryDeferred:
		accepted.State = view.StepNow
	case rekey.DeliverySent:
		end.State = view.StepNow
	case rekey.DeliveryFailed, rekey.DeliveryCancelled:
		end = c.failedStep(r, d)
		if d.AcceptedAt.IsZero() {
			return slices.Concat(steps, []view.Step{issued}, revoked, []view.Step{end})
		}
	case rekey.DeliveryExpired:
		end = c.step(r, "expired", d.ValidUntil, d.AcceptedAt)
		end.State = view.StepFailed
	case rekey.DeliverySuperseded:
		ended := d.EndedAt
		if d.AcceptedAt.IsZero() {
			ended = d.UpdatedAt
		}
		end = c.step(r, "superseded", ended, latest(d.IssuedAt, d.AcceptedAt))
		end.State = view.StepFailed
		if d.AcceptedAt.IsZero() {
			return slices.Concat(steps, []view.Step{issued}, revoked, []view.Step{end})
		}
	default:
	}
	return slices.Concat(steps, []view.Step{issued}, revoked, []view.Step{accepted}, choice, []view.Step{end})
}

// messageSteps are those of a message that was not skipped.
func (c *Console) messageSteps(r *http.Request, d rekey.Delivery, run rekey.Run) []view.Step {
	begun, accepted := c.step(r, "begun", d.IssuedAt, run.StartedAt), c.step(r, "accepted", d.AcceptedAt, d.IssuedAt)
	switch d.State {
	case rekey.DeliveryQueued:
		begun.State = view.StepNow
	case rekey.DeliveryIssued, rekey.DeliveryDeferred:
		accepted.State = view.StepNow
	case rekey.DeliverySuperseded:
		return []view.Step{c.step(r, "told in a digest", d.UpdatedAt, run.StartedAt)}
	case rekey.DeliveryFailed, rekey.DeliveryCancelled:
		accepted = c.failedStep(r, d)
	default:
	}
	return []view.Step{begun, accepted}
}

// failedStep is the end of a delivery that failed or was cancelled.
func (c *Console) failedStep(r *http.Request, d rekey.Delivery) view.Step {
	end := c.step(r, map[bool]string{true: "failed", false: "cancelled"}[d.State == rekey.DeliveryFailed], d.UpdatedAt, d.IssuedAt)
	end.State = view.StepFailed
	return end
}

func (c *Console) step(r *http.Request, name string, at, before time.Time) view.Step {
	s := view.Step{Name: name, At: c.moment(r, at), State: view.StepAhead}
	if s.At.Known() {
		s.State = view.StepTaken
		if !before.IsZero() {
			s.Took = view.Took(at.Sub(before))
		}
	}
	return s
}

// deliveryOutcome says how a delivery ended, and what happened to the old password.
func (c *Console) deliveryOutcome(r *http.Request, d rekey.Delivery, u rekey.SystemUser, run rekey.Run, there thereWrites) []string {
	var texts []string
	add := func(text string) {
		if text != "" {
			texts = append(texts, text)
		}
	}
	now := c.Clock()
	until := c.moment(r, d.ValidUntil)
	if d.Message() {
		add(messageOutcome(d))
		return texts
	}
	switch d.State {
	case rekey.DeliveryHeld:
		if d.Behind() {
			add("Another password is on its way to them. This delivery has no password yet. Its password will replace the other one when it is sent.")
		} else if run.Held() {
			add("The run waits for approval. There is no new password yet.")
		} else {
			add("It waits until all checks of the run are finished. There is no new password yet.")
		}
	case rekey.DeliveryQueued:
		add("There is no new password yet.")
		if d.Reason != "" {
			add(inSentence(d.Reason.Text()))
		}
	case rekey.DeliveryIssued:
		add("An attempt to send it is under way.")
	case rekey.DeliverySent:
		add("The mail server has accepted the mail. Its password is valid until " + until.Text() + " and opens only the page where they choose their own.")
	case rekey.DeliveryWouldBeSent:
		add("The run is a trial: no password was generated. It would have been sent.")
		if run.Reason == rekey.ReasonCeiling {
			add("First somebody would have had to approve the run: " + run.Detail + ".")
		}
	case rekey.DeliverySkipped:
		add("No password was generated: " + d.Reason.Text() + ".")
	case rekey.DeliveryFailed, rekey.DeliveryCancelled, rekey.DeliverySuperseded:
		add(inSentence(d.Reason.Text()))
	default:
		add(c.outcomeText(r, d, u))
	}
	if d.Undone.Kept() {
		add("The run was undone, and they kept this password: " + d.Undone.Text() + ".")
	}
	if d.State == rekey.DeliveryDeferred && d.Reason == rekey.ReasonUnanswered && d.Opens(now) {
		add("If the mail has arrived, the password in it works until " + until.Text() + ".")
	}
	switch {
	case !there.ChangedAt.IsZero():
		add(c.changedText(r, d, there))
	case there.directory != "" && d.OldPassword == rekey.RevokeAtOnce:
		add(revokedThereText(d, there))
	default:
		add(oldPasswordText(d, u, now))
	}
	if d.AcceptedAt.IsZero() && !d.State.Unfinished() && d.Opens(now) {
		add("A mail may still have reached the mail server. Its password works until " + until.Text() + ".")
	}
	add(adviceText(d))
	return texts
}

// messageOutcome says how far a message has come.
func messageOutcome(d rekey.Delivery) string {
	switch {
	case d.State == rekey.DeliverySent:
		return "The mail server has accepted the message."
	case d.State == rekey.DeliveryWouldBeSent:
		return "The run is a trial: it would have been sent."
	case d.State == rekey.DeliverySkipped:
		return "It was not sent: " + d.Reason.Text() + "."
	case d.Reason != "":
		return inSentence(d.Reason.Text())
	case d.State == rekey.DeliveryIssued:
		return "An attempt to send it is under way."
	default:
		return "It is not sent yet."
	}
}

// deliveryWhy answers "why did I get this mail?".
func (c *Console) deliveryWhy(r *http.Request, d rekey.Delivery, p view.Person, run admin.RunView, e rekey.Event) ([]string, error) {
	at := c.moment(r, e.Time)
	from, err := c.posterText(r, e)
	if err != nil {
		return nil, err
	}
	texts := []string{"The event " + e.Title() + " took place on " + at.Text() + ". " + from}
	whom := p.Shown()
	if d.Subject != d.UserID && d.Subject != p.Address && d.Subject != whom {
		whom += ", as " + d.Subject
	}
	texts = append(texts, "It started a run of "+automationInWords(run)+" for "+whom+".")
	checked := c.moment(r, run.StartedAt)
	switch {
	case d.Number > 1:
		texts = append(texts, "This is delivery number "+view.Count(d.Number)+" to the same person in this run, because somebody retried it. All checks were made again.")
	case d.State == rekey.DeliverySkipped && d.IssuedAt.IsZero():
		texts = append(texts, "A check stopped this delivery: "+d.Reason.Text()+".")
	case checked.Known():
		texts = append(texts, "They passed all checks when the run was executed, on "+checked.Text()+".")
	}
	return texts, nil
}

func automationInWords(run admin.RunView) string {
	if run.Automation == "" {
		return "a deleted automation"
	}
	return "the automation “" + run.Automation + "”"
}

func (c *Console) deliveryFacts(r *http.Request, d rekey.Delivery, run admin.RunView, e rekey.Event) []view.Fact {
	automation := view.Link{Text: automationName(run.Automation), Href: "/automations/" + run.AutomationID}
	runLink, event := view.Link{Text: "Run " + shortID(run.ID), Href: runsPath + "/" + run.ID}, eventLink(e)
	facts := []view.Fact{{Label: "Automation", Link: &automation}, {Label: "Run", Link: &runLink}, {Label: "Event", Link: &event}}
	if run.Automation == "" {
		facts[0] = view.Fact{Label: "Automation", Text: automation.Text}
	}
	if d.Address != "" {
		facts = append(facts, view.Fact{Label: "Sent to", Text: d.Address})
	}
	if !d.Message() {
		facts = append(facts, view.Fact{Label: "Old password", Text: oldPasswords[d.OldPassword]})
	}
	if newer := newerRun(d); newer.Href != "" {
		facts = append(facts, view.Fact{Label: "Replaced by", Link: &newer})
	}
	if until := c.moment(r, d.ValidUntil); until.Known() {
		facts = append(facts, view.Fact{Label: "Valid until", Moment: &until})
	}
	if reminded := c.moment(r, d.RemindedAt); reminded.Known() {
		facts = append(facts, view.Fact{Label: "Reminded at", Moment: &reminded})
	}
	if d.Attempts > 0 {
		facts = append(facts, view.Fact{Label: "Attempts delayed", Text: view.Count(d.Attempts)})
	}
	if next := c.moment(r, d.NextAttempt); d.State == rekey.DeliveryDeferred && next.Known() {
		facts = append(facts, view.Fact{Label: "Next attempt", Moment: &next})
	}
	return append(facts, view.Fact{Label: "Id", Code: d.ID})
}
