package manifest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"rekey"
	"rekey/client"
)

// state is the server's state.
type state struct {
	client          *client.Client
	selections      map[string]rekey.Selection   // by name, in lower case
	automations     map[string]client.Automation // by name, in lower case
	selectionOrder  []string                     // the keys of selections in the server's order
	automationOrder []string                     // and those of automations
	names           map[string]string            // of selections, by id
	automationNames map[string]string            // by id
	usual           string                       // the name of the built-in selection
	addresses       map[string]string            // of system users, by id
	ids             map[string]string            // of system users, by address in lower case
}

func readState(ctx context.Context, c *client.Client) (*state, error) {
	s := &state{
		client:     c,
		selections: map[string]rekey.Selection{}, automations: map[string]client.Automation{},
		names: map[string]string{}, automationNames: map[string]string{}, addresses: map[string]string{}, ids: map[string]string{},
	}
	for item, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[rekey.Selection], error) {
		return c.Selections(ctx, client.SelectionFilter{Paging: p})
	}) {
		if err != nil {
			return nil, err
		}
		key := rekey.NameKey(item.Name)
		s.selections[key] = item
		s.selectionOrder = append(s.selectionOrder, key)
		s.names[item.ID] = item.Name
		if item.BuiltIn != "" {
			s.usual = item.Name
		}
	}
	for item, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Automation], error) {
		return c.Automations(ctx, client.AutomationFilter{Paging: p})
	}) {
		if err != nil {
			return nil, err
		}
		key := rekey.NameKey(item.Name)
		s.automations[key], s.automationNames[item.ID] = item, item.Name
		s.automationOrder = append(s.automationOrder, key)
	}
	return s, nil
}

// userID returns the id of the system user with an address. A text without @ is an id
// already.
func (s *state) userID(ctx context.Context, address string) (string, error) {
	key := rekey.AddressKey(address)
	if !strings.Contains(address, "@") {
		return address, nil
	}
	if id, ok := s.ids[key]; ok {
		return id, nil
	}
	for user, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.User], error) {
		return s.client.Users(ctx, client.UserFilter{Search: address, Paging: p})
	}) {
		if err != nil {
			return "", err
		}
		if rekey.AddressKey(user.Address) == key {
			s.ids[key], s.addresses[user.ID] = user.ID, user.Address
			return user.ID, nil
		}
	}
	return "", fmt.Errorf("there is no system user %s", address)
}

// address returns the address of a system user, or the id if they cannot be read.
func (s *state) address(ctx context.Context, id string) string {
	if id == "" || strings.Contains(id, "@") { // nobody, or an address outside
		return id
	}
	if address, ok := s.addresses[id]; ok {
		return address
	}
	s.addresses[id] = id
	if user, err := s.client.User(ctx, id); err == nil {
		s.addresses[id] = user.Address
	}
	return s.addresses[id]
}

// inTrial is the status of an automation in trial.
const inTrial = string(rekey.AutomationTrial)

// activated reports whether a is activated. A time frame or a blocked owner may still
// keep events from starting runs.
func activated(a client.Automation) bool {
	return a.Status == "active" || a.Status == "scheduled" || a.Status == "stopped" || a.Status == "done"
}

// describe returns a in the form of a file.
func (s *state) describe(ctx context.Context, a client.Automation) (Automation, error) {
	active := activated(a)
	out := Automation{
		Name: a.Name, Description: a.Description, EventType: a.EventType,
		EventFilter: a.EventFilter, JobType: a.JobType, Selection: a.SelectionID,
		Delay: a.Delay, TimeFrame: frameOf(a.TimeFrame, a.TimeZone), TimeZone: a.TimeZone, Active: &active, Trial: a.Status == inTrial,
	}
	out.EventFilter.User = s.address(ctx, a.EventFilter.User)
	if name, ok := s.automationNames[a.EventFilter.Automation]; ok {
		out.EventFilter.Automation = name
	}
	if name, ok := s.names[a.SelectionID]; ok {
		out.Selection = name
	} else if a.SelectionID == "" {
		out.Selection = client.NoSelection
	}
	if len(a.JobParams) > 0 {
		if err := json.Unmarshal(a.JobParams, &out.JobParams); err != nil {
			return out, fmt.Errorf("automation %q: its job_params cannot be read: %w", a.Name, err)
		}
	}
	rename(out.JobParams, func(id string) string { return s.address(ctx, id) })
	return out, nil
}

// Export returns all selections and automations of a server, except built-in
// selections.
func Export(ctx context.Context, c *client.Client) (File, error) {
	var f File
	s, err := readState(ctx, c)
	if err != nil {
		return f, err
	}
	for _, key := range s.selectionOrder {
		if item := s.selections[key]; item.BuiltIn == "" {
			f.Selections = append(f.Selections, rekey.Selection{Name: item.Name, Description: item.Description, Expression: item.Expression})
		}
	}
	for _, key := range s.automationOrder {
		a, err := s.describe(ctx, s.automations[key])
		if err != nil {
			return f, err
		}
		if a.Trial {
			a.Active = nil // trial says it
		}
		f.Automations = append(f.Automations, a)
	}
	return f, nil
}
