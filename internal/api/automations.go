package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/engine"
)

type automationList struct {
	Paging

	Search      string `query:"search" maxLength:"100" doc:"Part of the name."`
	Status      string `query:"status" enum:"draft,active,trial,scheduled,stopped,done,inactive" doc:"Only with this status."`
	EventType   string `query:"event_type" maxLength:"100" doc:"Only for this event type."`
	OwnerID     string `query:"owner_id" maxLength:"64" doc:"Only of this owner."`
	SelectionID string `query:"selection_id" maxLength:"64" doc:"Only those that use this selection."`
}

type automationWrite struct {
	OneByID
	Versioned

	Body client.Automation
}

func (a *API) automationRoutes() {
	const tag = "Automations"
	handle(a, route{id: "list-automations", method: http.MethodGet, path: "/automations", tag: tag,
		summary: "List automations", about: "In the order of their creation."}, a.listAutomations)
	handle(a, route{id: "create-automation", method: http.MethodPost, path: "/automations", tag: tag, status: http.StatusCreated,
		summary: "Create an automation", about: "It is a draft, owned by the caller. Events start no runs until it is activated.",
		errors: []int{http.StatusConflict}}, a.createAutomation)
	handle(a, route{id: "preview-draft", method: http.MethodPost, path: "/automations/preview", tag: tag,
		summary: "Preview an automation that is not saved"}, a.previewDraft)
	handle(a, route{id: "get-automation", method: http.MethodGet, path: "/automations/{id}", tag: tag,
		summary: "Read an automation", errors: []int{http.StatusNotFound}}, a.getAutomation)
	handle(a, route{id: "update-automation", method: http.MethodPut, path: "/automations/{id}", tag: tag,
		summary: "Change an automation", about: "Writes all fields that are not read-only. An active automation must stay valid. Waiting runs are executed with the automation as it is then.",
		errors: writeErrors}, a.updateAutomation)
	handle(a, route{id: "delete-automation", method: http.MethodDelete, path: "/automations/{id}", tag: tag,
		summary: "Delete an automation", about: "Waiting runs are cancelled, and counted in the answer. Built-in automations cannot be deleted.", errors: writeErrors}, a.deleteAutomation)
	handle(a, route{id: "activate-automation", method: http.MethodPost, path: "/automations/{id}/activate", tag: tag,
		summary: "Activate an automation", about: "Events start runs from then on. The automation must be valid.", errors: verbErrors}, a.activateAutomation)
	handle(a, route{id: "try-automation", method: http.MethodPost, path: "/automations/{id}/trial", tag: tag,
		summary: "Put an automation in trial", about: "Events start runs from then on, which do everything but send. Waiting runs become trials when they execute. Passwords that a run has made already are still sent. The automation must be valid.", errors: verbErrors}, a.tryAutomation)
	handle(a, route{id: "get-trial", method: http.MethodGet, path: "/automations/{id}/trial", tag: tag,
		summary: "See what an automation in trial would have done", about: "Its trials since its last run that was none, at most the last 1,000.",
		errors: []int{http.StatusNotFound}}, a.getTrial)
	handle(a, route{id: "backtest", method: http.MethodPost, path: "/automations/{id}/backtest", tag: tag,
		summary: "See what an automation would have done", about: "Replays the events of the last days against the automation as it is saved, whatever its status, and counts runs and people, judged by what is known today. It changes nothing, and takes at most about 8 seconds: 'since' says how far it came.",
		errors: []int{http.StatusNotFound}}, a.backtest)
	handle(a, route{id: "deactivate-automation", method: http.MethodPost, path: "/automations/{id}/deactivate", tag: tag,
		summary: "Deactivate an automation", about: "Events start no more runs. Waiting runs are cancelled.", errors: verbErrors}, a.deactivateAutomation)
	handle(a, route{id: "copy-automation", method: http.MethodPost, path: "/automations/{id}/copy", tag: tag, status: http.StatusCreated,
		summary: "Copy an automation", about: "The copy is a draft.", errors: []int{http.StatusNotFound, http.StatusConflict}}, a.copyAutomation)
	a.historyRoute("/automations", tag, "automation", rekey.KindAutomation)
	handle(a, route{id: "transfer-automation", method: http.MethodPost, path: "/automations/{id}/transfer", tag: tag,
		summary: "Give an automation another owner", about: "The automation acts with the new owner's authority from then on. Runs that were held because the owner is blocked continue. To preview the recipients first, use the preview with owner.",
		errors: verbErrors}, a.transferAutomation)
	handle(a, route{id: "preview-automation", method: http.MethodPost, path: "/automations/{id}/preview", tag: tag,
		summary: "See who would get a new password", about: "If the event happened now to the given system users; without any, to everybody that the caller may view.",
		errors: []int{http.StatusNotFound}}, a.previewAutomation)
}

func (a *API) listAutomations(ctx context.Context, caller rekey.SystemUser, in *automationList) (*plain[client.Page[client.Automation]], error) {
	q := rekey.AutomationQuery{
		Search: in.Search, Status: rekey.AutomationStatus(in.Status), EventType: in.EventType, OwnerID: in.OwnerID, Selection: in.SelectionID,
	}
	return listed(in.Paging, "automations", func(x rekey.Automation) string { return x.ID }, a.automationOf,
		func(p admin.Place) (admin.Listed[rekey.Automation], error) {
			return a.admin.Automations(ctx, caller, q, p)
		})
}

func (a *API) createAutomation(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.Automation }) (*tagged[client.Automation], error) {
	x, err := a.draft(ctx, caller, in.Body)
	if err != nil {
		return nil, err
	}
	if s := in.Body.Status; s != "" && s != string(rekey.AutomationDraft) {
		return nil, rekey.Invalid("status", "A new automation is a draft. Activate it with POST /automations/{id}/activate.")
	}
	if err := hasTarget(x); err != nil {
		return nil, err
	}
	saved, err := a.admin.CreateAutomation(ctx, caller, x, false)
	return a.taggedAutomation(saved, err)
}

// draft returns an automation that is not saved.
func (a *API) draft(ctx context.Context, caller rekey.SystemUser, w client.Automation) (rekey.Automation, error) {
	fresh, err := a.admin.NewAutomation(ctx, caller)
	if err != nil {
		return fresh, err
	}
	x := fresh
	writeAutomation(&x, w, fresh)
	return x, nil
}

func (a *API) getAutomation(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*tagged[client.Automation], error) {
	x, err := a.admin.Automation(ctx, caller, in.ID)
	return a.taggedAutomation(admin.SavedAutomation{Automation: x}, err)
}

func (a *API) updateAutomation(ctx context.Context, caller rekey.SystemUser, in *automationWrite) (*tagged[client.Automation], error) {
	version, err := in.required()
	if err != nil {
		return nil, err
	}
	fresh, err := a.admin.NewAutomation(ctx, caller)
	if err != nil {
		return nil, err
	}
	return a.taggedAutomation(a.admin.UpdateAutomation(ctx, caller, in.ID, version, func(x *rekey.Automation) error {
		if in.Body.Status != "" && asStored(in.Body.Status) != x.Status {
			return rekey.Invalid("status", "Change it with POST /automations/{id}/activate, /trial and /deactivate.")
		}
		writeAutomation(x, in.Body, fresh)
		return hasTarget(*x)
	}))
}

// asStored returns the stored status for a status that the API showed.
func asStored(shown string) rekey.AutomationStatus {
	switch status := rekey.AutomationStatus(shown); status {
	case rekey.AutomationScheduled, rekey.AutomationStopped, rekey.AutomationDone:
		return rekey.AutomationActive
	default:
		return status
	}
}

func (a *API) deleteAutomation(ctx context.Context, caller rekey.SystemUser, in *verb) (*plain[client.Deleted], error) {
	version, err := in.required()
	if err != nil {
		return nil, err
	}
	cancelled, err := a.admin.DeleteAutomation(ctx, caller, in.ID, version)
	return answer(client.Deleted{Cancelled: cancelled}, err)
}

func (a *API) activateAutomation(ctx context.Context, caller rekey.SystemUser, in *verb) (*tagged[client.Automation], error) {
	version, err := in.optional()
	if err != nil {
		return nil, err
	}
	return a.taggedAutomation(a.admin.ActivateAutomation(ctx, caller, in.ID, version))
}

func (a *API) tryAutomation(ctx context.Context, caller rekey.SystemUser, in *verb) (*tagged[client.Automation], error) {
	version, err := in.optional()
	if err != nil {
		return nil, err
	}
	return a.taggedAutomation(a.admin.TryAutomation(ctx, caller, in.ID, version))
}

func (a *API) getTrial(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Trial], error) {
	s, err := a.admin.TrialSummary(ctx, caller, in.ID)
	w := client.Trial{Runs: s.Runs, Complete: !s.More, Open: s.Open, Held: s.Held, HeldPeople: s.HeldPeople, Stopped: s.Stopped, Hidden: int(s.Hidden), Tallies: []client.Tally{}}
	for _, t := range s.Tallies {
		w.Tallies = append(w.Tallies, tallyOf(t))
	}
	if s.First != nil {
		w.First, w.Last = s.First.CreatedAt, s.Last.CreatedAt
	}
	return answer(w, err)
}

func (a *API) backtest(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneByID

	Body *client.BacktestRequest
}) (*plain[rekey.Backtest], error) {
	x, err := a.admin.Automation(ctx, caller, in.ID)
	if err != nil {
		return nil, err
	}
	days := admin.DefaultBacktestDays
	if in.Body != nil && in.Body.Days != 0 {
		days = in.Body.Days
	}
	return answer(a.admin.Backtest(ctx, caller, x, days, admin.BacktestTime))
}

func (a *API) deactivateAutomation(ctx context.Context, caller rekey.SystemUser, in *verb) (*tagged[client.Automation], error) {
	version, err := in.optional()
	if err != nil {
		return nil, err
	}
	return a.taggedAutomation(a.admin.DeactivateAutomation(ctx, caller, in.ID, version))
}

func (a *API) copyAutomation(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneByID

	Body *client.CopyRequest
}) (*tagged[client.Automation], error) {
	var name string
	if in.Body != nil {
		name = in.Body.Name
	}
	return a.taggedAutomation(a.admin.CopyAutomation(ctx, caller, in.ID, name))
}

func (a *API) previewDraft(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.PreviewRequest }) (*plain[client.AutomationPreview], error) {
	x, err := a.draft(ctx, caller, in.Body.Automation)
	if err != nil {
		return nil, err
	}
	x.ID = in.Body.Automation.ID
	return a.previewOf(ctx, caller, x, in.Body.SystemUsers)
}

func (a *API) previewAutomation(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneByID

	Body *client.Occurrence
}) (*plain[client.AutomationPreview], error) {
	x, err := a.admin.Automation(ctx, caller, in.ID)
	if err != nil {
		return nil, err
	}
	var occurrence client.Occurrence
	if in.Body != nil {
		occurrence = *in.Body
	}
	if occurrence.Owner != "" {
		return previewed(a.admin.PreviewTransfer(ctx, caller, x.ID, occurrence.Owner, occurrence.SystemUsers))
	}
	return a.previewOf(ctx, caller, x, occurrence.SystemUsers)
}

// transfer is the input of a transfer to another owner.
type transfer struct {
	OneByID
	Versioned

	Body client.Transfer
}

func (a *API) transferAutomation(ctx context.Context, caller rekey.SystemUser, in *transfer) (*tagged[client.Automation], error) {
	version, err := in.optional()
	if err != nil {
		return nil, err
	}
	return a.taggedAutomation(a.admin.TransferAutomation(ctx, caller, in.ID, version, in.Body.Owner))
}

func (a *API) previewOf(ctx context.Context, caller rekey.SystemUser, x rekey.Automation, subjects []string) (*plain[client.AutomationPreview], error) {
	return previewed(a.admin.PreviewAutomation(ctx, caller, x, subjects))
}

func previewed(p admin.AutomationPreview, err error) (*plain[client.AutomationPreview], error) {
	if err != nil {
		return nil, err
	}
	all := whole(append(slices.Clone(p.Reached), p.Skipped...), recipient).Items
	w := client.AutomationPreview{Recipients: all, Counts: counts(all), Hidden: p.Hidden, Ceiling: p.Ceiling, Held: p.Held(),
		Complete: p.Complete, DueAt: p.DueAt, Warnings: p.Warnings}
	return answer(w, nil)
}

// counts groups the recipients by reason, in the order in which reasons first appear.
func counts(all []client.Recipient) []client.Count {
	list := []client.Count{}
	for _, r := range all {
		i := slices.IndexFunc(list, func(c client.Count) bool { return c.Reason == r.Reason })
		if i < 0 {
			i, list = len(list), append(list, client.Count{Reason: r.Reason, ReasonText: r.ReasonText})
		}
		list[i].Count++
	}
	return list
}

// hasTarget refuses an automation without the parameters that the job needs. The
// console saves such drafts between its steps. A program has no such steps, and
// would get the error only when activating.
func hasTarget(x rekey.Automation) error {
	event, _ := rekey.FindEventType(x.EventType)
	job, ok := engine.FindJobType(x.JobType)
	if !ok || job.CheckParams == nil || len(x.JobParams) > 0 && string(x.JobParams) != "{}" {
		return nil
	}
	return job.CheckParams(json.RawMessage("{}"), event)
}

// writeAutomation copies the fields of a request to an automation. A field that is
// left out gets the default of a new automation, so the guard that keeps API users
// out stays unless it is turned off explicitly.
func writeAutomation(x *rekey.Automation, w client.Automation, fresh rekey.Automation) {
	x.Name, x.Description = w.Name, w.Description
	x.EventType, x.JobType = w.EventType, w.JobType
	x.EventFilter, x.JobParams = w.EventFilter, w.JobParams
	x.Delay, x.TimeFrame = w.Delay, w.TimeFrame
	x.TimeZone = cmp.Or(w.TimeZone, fresh.TimeZone)
	switch {
	case w.SelectionID == "" && x.SendsPasswords():
		x.SelectionID = fresh.SelectionID
	case w.SelectionID == "", w.SelectionID == client.NoSelection:
		x.SelectionID = ""
	default:
		x.SelectionID = w.SelectionID
	}
}

func (a *API) taggedAutomation(s admin.SavedAutomation, err error) (*tagged[client.Automation], error) {
	if err != nil {
		return nil, err
	}
	w := a.automationOf(s.Automation)
	w.Warnings, w.Cancelled = s.Warnings, s.Cancelled
	return tag(s.Automation.Version, w), nil
}

// automationOf returns an automation as the API shows it.
func (a *API) automationOf(x rekey.Automation) client.Automation {
	return client.Automation{
		ID: x.ID, Name: x.Name, Description: x.Description, EventType: x.EventType, EventFilter: x.EventFilter,
		JobType: x.JobType, JobParams: x.JobParams, SelectionID: cmp.Or(x.SelectionID, client.NoSelection),
		Delay: x.Delay, TimeFrame: x.TimeFrame, TimeZone: x.TimeZone,
		OwnerID: x.OwnerID, Status: string(x.StatusAt(a.now())), NextAt: x.NextAt, BuiltIn: x.BuiltIn,
		CreatedAt: x.CreatedAt, UpdatedAt: moment(x.UpdatedAt, x.CreatedAt), UpdatedBy: x.UpdatedBy, Version: x.Version,
	}
}
