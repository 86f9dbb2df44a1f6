package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/store"
)

// ownCeiling is the highest ceiling that an actor below Manager may save. A
// ceiling makes sure that a second person looks at a large run.
const ownCeiling = 1_000

// check validates an automation and replaces the addresses in it by ids. With
// complete false, settings may be missing. All settings that are there must be
// valid, and the owner, with whose authority the automation acts, must be
// allowed to use them.
func (s *Service) check(ctx context.Context, r store.Queries, actor rekey.SystemUser, a *rekey.Automation, complete bool) error {
	var p rekey.Problems
	checkContent(&p, a, complete)
	if a.SendParams().Ceiling > ownCeiling && actor.Authority().Rank < rekey.RankManager {
		p.Add("job_params.ceiling", "Only a Manager or an Administrator can save a ceiling above 1,000.")
	}
	if err := s.checkReferences(ctx, r, &p, actor, a, complete); err != nil {
		return err
	}
	if err := checkOutsiders(ctx, r, &p, a); err != nil {
		return err
	}
	if err := checkChain(ctx, r, &p, a); err != nil {
		return err
	}
	if err := p.Err(); err != nil {
		return err
	}
	other, err := r.AutomationByName(ctx, a.Name)
	switch {
	case err == nil && other.ID != a.ID:
		return conflict("name", "Another automation already has the name '"+other.Name+"'.")
	case err != nil && rekey.CodeOf(err) != rekey.CodeNotFound:
		return err
	}
	return nil
}

// checkContent makes the checks that need no store.
func checkContent(p *rekey.Problems, a *rekey.Automation, complete bool) {
	if a.TimeZone == "" {
		a.TimeZone = "UTC"
	}
	if empty(a.JobParams) {
		a.JobParams = json.RawMessage("{}")
	}
	event, eventKnown := rekey.FindEventType(a.EventType)
	job, jobKnown := engine.FindJobType(a.JobType)
	// Validate also normalises the names, so it is called in any case.
	problems := a.Validate(job.JobType)
	if eventKnown && jobKnown {
		p.Merge("", problems)
	} else {
		rekey.CheckName(p, a.Name, "Give the automation a name.")
		rekey.CheckDescription(p, a.Description)
		p.Merge("", a.ValidateTimes())
	}
	if !eventKnown && (complete || a.EventType != "") {
		p.Add("event_type", "Choose an event type from the catalogue.")
	} else if !eventKnown && a.EventFilter != (rekey.EventFilter{}) {
		p.Add("event_type", "Choose the event type that the filter is for.")
	}
	if !jobKnown && (complete || a.JobType != "") {
		p.Add("job_type", "Choose a job type from the catalogue.")
	} else if !jobKnown && !empty(a.JobParams) {
		p.Add("job_type", "Choose the job type that the parameters are for.")
	}
	if jobKnown && (complete || !empty(a.JobParams)) {
		err := checkParams(job, a.JobParams, event)
		if !complete {
			err = withoutMissing(err, *a)
		}
		p.Merge("", err)
	}
	if complete && event.Has(rekey.ParamSchedule) && a.EventFilter.Schedule.IsZero() {
		p.Add("event_filter.schedule.start", "Say when the schedule starts.")
	}
	if complete && event.Has(rekey.ParamAutomation) && a.EventFilter.Automation == "" {
		p.Add("event_filter.automation", "Choose the automation that must have finished.")
	}
	if !a.SendsPasswords() && a.SelectionID != "" {
		p.Add("selection_id", "The job "+job.Label+" has no selection. Leave it out.")
	}
	if complete && a.SelectionID == "" && a.SendParams().EverybodyInSelection {
		p.Add("selection_id", "Choose a selection: 'everybody in the selection' needs one.")
	}
}

// withoutMissing leaves out of an error what is still to be chosen in a draft.
func withoutMissing(err error, a rekey.Automation) error {
	if a.SendsPasswords() {
		if given := a.SendParams(); given.SystemUser == "" && !given.UseEventParameter && !given.EverybodyInSelection {
			err = without(err, "job_params."+rekey.ParamSystemUser)
		}
		return err
	}
	given := a.NotifyParams()
	for field, missing := range map[string]bool{"recipients": len(given.Recipients) == 0, "subject": given.Subject == "", "text": given.Text == ""} {
		if missing {
			err = without(err, "job_params."+field)
		}
	}
	return err
}

// without returns the error without its problem with a field.
func without(err error, field string) error {
	var p rekey.Problems
	for _, problem := range fieldsOf(err) {
		if problem.Field != field {
			p.Add(problem.Field, problem.Message)
		}
	}
	if len(fieldsOf(err)) == 0 {
		return err
	}
	return p.Err()
}

func checkParams(job engine.JobType, params json.RawMessage, event rekey.EventType) error {
	if job.CheckParams != nil {
		return job.CheckParams(params, event)
	}
	if !empty(params) {
		return rekey.Invalid("job_params", "The job "+job.Label+" has no parameters.")
	}
	return nil
}

// empty reports whether params, in any spelling, hold no parameter.
func empty(params json.RawMessage) bool {
	switch string(bytes.Join(bytes.Fields(params), nil)) {
	case "", "{}", "null":
		return true
	}
	return false
}

// checkReferences checks the selection, the system user that the event filter
// names, and the system user who receives the password.
func (s *Service) checkReferences(ctx context.Context, r store.Queries, p *rekey.Problems, actor rekey.SystemUser, a *rekey.Automation, complete bool) error {
	if a.SelectionID != "" {
		sel, err := r.Selection(ctx, a.SelectionID)
		if rekey.CodeOf(err) == rekey.CodeNotFound {
			p.Add("selection_id", "Selection not found.")
		} else if err != nil {
			return err
		} else if _, err := s.compiler.Compile(sel.Expression); err != nil && complete {
			p.Add("selection_id", "The condition of this selection is not valid: "+err.Error())
		}
	}
	acts, err := owner(ctx, r, a.OwnerID)
	if err != nil {
		return err
	}
	if a.EventFilter.User != "" {
		u, err := named(ctx, r, p, actor, "event_filter.system_user", a.EventFilter.User)
		if err != nil {
			return err
		}
		if u.ID != "" {
			a.EventFilter.User = u.ID
			if !acts.MayView(u) {
				p.Add("event_filter.system_user", "The automation's owner may not view this system user. Choose another one.")
			}
		}
	}
	if a.JobType == rekey.NotifyAddress {
		return s.checkRecipients(ctx, r, p, actor, acts, a)
	}
	return s.checkTarget(ctx, r, p, actor, acts, a)
}

// checkRecipients checks who receives a message, and writes system users by id. The run
// checks again.
func (s *Service) checkRecipients(ctx context.Context, r store.Queries, p *rekey.Problems, actor rekey.SystemUser, acts rekey.Authority, a *rekey.Automation) error {
	const field = "job_params.recipients"
	given := a.NotifyParams()
	if len(given.Recipients) == 0 || len(given.Recipients) > rekey.MaxNotified {
		return nil // ParseNotifyParams says so, or it is still to be chosen
	}
	found, err := r.FindUsers(ctx, given.Recipients)
	if err != nil {
		return err
	}
	for i, to := range given.Recipients {
		u, known := found[to]
		switch {
		case known && (actor.Authority().MayView(u) || to == u.ID) && acts.MayView(u):
			given.Recipients[i] = u.ID
		case known && actor.Authority().MayView(u) && !s.domains.Allow(to):
			p.Add(field, "The automation's owner may not view '"+to+"'. Choose another recipient.")
		case s.domains.Allow(to): // it may belong to a hidden person; the answer is the same
			given.Recipients[i] = rekey.AddressKey(to)
		case len(s.domains) == 0:
			p.Add(field, "'"+to+"' is no system user. To write to addresses outside, name their domains in the setting notify_domains.")
		default:
			p.Add(field, "'"+to+"' is neither a system user nor an address in "+strings.Join(s.domains, ", ")+".")
		}
	}
	a.JobParams = given.JSON()
	return nil
}

// checkTarget checks the system user who receives the password. The run checks
// again; this check tells the author early that nothing would be sent.
func (s *Service) checkTarget(ctx context.Context, r store.Queries, p *rekey.Problems, actor rekey.SystemUser, acts rekey.Authority, a *rekey.Automation) error {
	const field = "job_params." + rekey.ParamSystemUser
	given := a.SendParams()
	if given.SystemUser == "" {
		return nil
	}
	u, err := named(ctx, r, p, actor, field, given.SystemUser)
	if err != nil || u.ID == "" {
		return err
	}
	if !acts.MaySetPassword(u) {
		p.Add(field, "The automation's owner may not set the password of this system user. Choose another one.")
	}
	if u.UsesAPI(s.now()) && !given.IncludeAPIUsers {
		p.Add("job_params.include_api_users", "This system user is an API user. Include API users, or choose another one.")
	}
	if given.SystemUser != u.ID {
		given.SystemUser = u.ID
		a.JobParams = given.JSON()
	}
	return nil
}

// named finds the system user with an id or address. If there is none, or
// the actor may not view them, it adds a problem with the field and returns the zero value.
func named(ctx context.Context, r store.Queries, p *rekey.Problems, actor rekey.SystemUser, field, subject string) (rekey.SystemUser, error) {
	found, err := r.FindUsers(ctx, []string{subject})
	if err != nil {
		return rekey.SystemUser{}, err
	}
	u, ok := found[subject]
	if !ok || !actor.Authority().MayView(u) {
		p.Add(field, rekey.ErrNoUser.Message)
		return rekey.SystemUser{}, nil
	}
	return u, nil
}
