package manifest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"rekey"
	"rekey/client"
)

// Action is what happens to a selection or an automation.
type Action string

// The actions.
const (
	Create    Action = "create"
	Update    Action = "update"
	Unchanged Action = "unchanged"
)

// Change is what happens to one selection or automation.
type Change struct {
	Kind   rekey.Kind          `json:"kind"`
	Name   string              `json:"name"`
	Action Action              `json:"action"`
	Fields []rekey.FieldChange `json:"fields,omitempty"` // those that differ

	do func(context.Context) error
}

// Plan holds the changes in order: selections, then automations.
type Plan struct{ Changes []Change }

// New compares a file with the server's state. It changes nothing. Its error names a
// system user or a selection that does not exist.
func New(ctx context.Context, c *client.Client, f File) (Plan, error) {
	var plan Plan
	s, err := readState(ctx, c)
	if err != nil {
		return plan, err
	}
	wanted := map[string]bool{}
	for _, selection := range f.Selections {
		wanted[rekey.NameKey(selection.Name)] = true
		plan.Changes = append(plan.Changes, s.planSelection(selection))
	}
	for _, a := range s.inOrder(f.Automations) {
		_, exists := s.selections[rekey.NameKey(a.Selection)]
		if a.Selection != "" && a.Selection != client.NoSelection && !exists && !wanted[rekey.NameKey(a.Selection)] {
			return plan, fmt.Errorf("automation %q: there is no selection %q; add it to the file, or name another", a.Name, a.Selection)
		}
		if err := s.checkBefore(a, f); err != nil {
			return plan, fmt.Errorf("automation %q: %w", a.Name, err)
		}
		change, err := s.planAutomation(ctx, a)
		if err != nil {
			return plan, fmt.Errorf("automation %q: %w", a.Name, err)
		}
		plan.Changes = append(plan.Changes, change)
	}
	return plan, nil
}

// Apply makes the changes and reports each one when it is done. It stops at the first
// error.
func (p Plan) Apply(ctx context.Context, done func(Change)) error {
	for _, change := range p.Changes {
		if change.Action != Unchanged {
			if err := change.do(ctx); err != nil {
				return fmt.Errorf("%s %q: %w", change.Kind, change.Name, err)
			}
		}
		done(change)
	}
	return nil
}

func (s *state) planSelection(wanted rekey.Selection) Change {
	key := rekey.NameKey(wanted.Name)
	stored, exists := s.selections[key]
	next := stored
	next.Name, next.Description, next.Expression = wanted.Name, wanted.Description, wanted.Expression
	change := Change{Kind: rekey.KindSelection, Name: wanted.Name}
	change.compare(exists, stored.Fields(), next.Fields())
	change.do = func(ctx context.Context) (err error) {
		if exists {
			next, err = s.client.UpdateSelection(ctx, next)
		} else {
			next, err = s.client.CreateSelection(ctx, next)
		}
		s.selections[key] = next
		return err
	}
	return change
}

func (s *state) planAutomation(ctx context.Context, wanted Automation) (Change, error) {
	change := Change{Kind: rekey.KindAutomation, Name: wanted.Name}
	stored, exists := s.automations[rekey.NameKey(wanted.Name)]
	before, err := s.describe(ctx, stored)
	if err != nil {
		return change, err
	}
	switch {
	case wanted.Selection != "":
	case wanted.JobType == rekey.NotifyAddress:
		wanted.Selection = client.NoSelection
	default:
		wanted.Selection = s.usual
	}
	if wanted.TimeZone == "" {
		wanted.TimeZone = "UTC"
	}
	switch {
	case wanted.Trial:
		wanted.Active = new(bool)
	case wanted.Active == nil:
		wanted.Active, wanted.Trial = before.Active, before.Trial
	}
	next, err := s.over(ctx, stored, wanted)
	if err != nil {
		return change, err
	}
	// The same times in another zone are no difference.
	before.TimeFrame, wanted.TimeFrame = frameOf(stored.TimeFrame, wanted.TimeZone), frameOf(next.TimeFrame, wanted.TimeZone)
	if strings.EqualFold(before.Selection, wanted.Selection) {
		before.Selection = wanted.Selection
	}
	if strings.EqualFold(before.EventFilter.Automation, wanted.EventFilter.Automation) {
		before.EventFilter.Automation = wanted.EventFilter.Automation
	}
	change.compare(exists, before.fields(), wanted.fields())
	saves := !exists
	for _, field := range change.Fields {
		saves = saves || field.Field != "active" && field.Field != "trial"
	}
	change.do = func(ctx context.Context) error {
		next.SelectionID = client.NoSelection
		if wanted.Selection != client.NoSelection {
			next.SelectionID = s.selections[rekey.NameKey(wanted.Selection)].ID
		}
		next.EventFilter.Automation = s.automationID(wanted.EventFilter.Automation)
		return s.save(ctx, next, saves, wanted)
	}
	return change, nil
}

// over returns an automation changed as a file describes it, with ids in place of
// addresses.
func (s *state) over(ctx context.Context, stored client.Automation, a Automation) (next client.Automation, err error) {
	next = stored
	next.Name, next.Description, next.EventType, next.EventFilter = a.Name, a.Description, a.EventType, a.EventFilter
	next.JobType, next.JobParams, next.Delay, next.TimeZone = a.JobType, nil, a.Delay, a.TimeZone
	if next.EventFilter.User, err = s.userID(ctx, a.EventFilter.User); err != nil {
		return next, fmt.Errorf("event_filter.system_user: %w", err)
	}
	if len(a.JobParams) > 0 {
		told := maps.Clone(a.JobParams)
		if address, ok := told["system_user"].(string); ok {
			if told["system_user"], err = s.userID(ctx, address); err != nil {
				return next, fmt.Errorf("job_params.system_user: %w", err)
			}
		}
		if next.JobParams, err = json.Marshal(told); err != nil {
			return next, err
		}
	}
	next.TimeFrame, err = a.TimeFrame.read()
	return next, err
}

// Draft returns the only automation of a file, in the form for a preview. It changes
// nothing.
func Draft(ctx context.Context, c *client.Client, f File) (client.Automation, error) {
	var none client.Automation
	if len(f.Automations) != 1 || len(f.Selections) > 0 {
		return none, fmt.Errorf("there are %d automations and %d selections in it; give one automation, and name a selection that is saved", len(f.Automations), len(f.Selections))
	}
	s, err := readState(ctx, c)
	if err != nil {
		return none, err
	}
	a := f.Automations[0]
	if err := s.checkBefore(a, File{}); err != nil {
		return none, err
	}
	draft, err := s.over(ctx, s.automations[rekey.NameKey(a.Name)], a)
	if err != nil {
		return none, err
	}
	draft.EventFilter.Automation = s.automationID(a.EventFilter.Automation)
	switch selection, exists := s.selections[rekey.NameKey(a.Selection)]; {
	case exists:
		draft.SelectionID = selection.ID
	case a.Selection == client.NoSelection:
		draft.SelectionID = client.NoSelection
	case a.Selection == "":
		draft.SelectionID = "" // the usual one
	default:
		return none, fmt.Errorf("there is no selection %q; name one that is saved", a.Selection)
	}
	return draft, nil
}

// save creates or changes one automation.
func (s *state) save(ctx context.Context, a client.Automation, saves bool, wanted Automation) (err error) {
	switch {
	case a.ID == "":
		a, err = s.client.CreateAutomation(ctx, a)
	case saves:
		a, err = s.client.UpdateAutomation(ctx, a)
	}
	if err != nil {
		return err
	}
	s.automations[rekey.NameKey(a.Name)] = a
	active, trial := activated(a), a.Status == inTrial
	switch {
	case active == *wanted.Active && trial == wanted.Trial:
	case wanted.Trial:
		_, err = s.client.TryAutomation(ctx, a.ID, a.Version)
	case *wanted.Active:
		_, err = s.client.ActivateAutomation(ctx, a.ID, a.Version)
	default:
		_, err = s.client.DeactivateAutomation(ctx, a.ID, a.Version)
	}
	return err
}
