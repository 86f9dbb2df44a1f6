package manifest

import (
	"fmt"
	"slices"

	"rekey"
)

// checkBefore returns an error if an automation waits for one that is neither on the
// server nor in the file.
func (s *state) checkBefore(a Automation, f File) error {
	name := a.EventFilter.Automation
	if name == "" || s.automationID(name) != name || s.automationNames[name] != "" ||
		slices.ContainsFunc(f.Automations, func(other Automation) bool { return rekey.NameKey(other.Name) == rekey.NameKey(name) }) {
		return nil
	}
	return fmt.Errorf("event_filter.automation: there is no automation %q; add it to the file, or name another", name)
}

// automationID returns the id of the automation with a name; a text that is no name is an
// id already.
func (s *state) automationID(name string) string {
	if a, ok := s.automations[rekey.NameKey(name)]; ok && name != "" {
		return a.ID
	}
	return name
}

// inOrder sorts the automations of a file so that each comes after the one for which it
// waits. So that one exists, and a chain that changes its direction is no loop meanwhile.
func (s *state) inOrder(list []Automation) []Automation {
	before := map[string]string{} // names, as they will be
	for _, a := range s.automations {
		before[rekey.NameKey(a.Name)] = rekey.NameKey(s.automationNames[a.EventFilter.Automation])
	}
	for _, a := range list {
		name := a.EventFilter.Automation
		if known, ok := s.automationNames[name]; ok {
			name = known
		}
		before[rekey.NameKey(a.Name)] = rekey.NameKey(name)
	}
	depth := func(a Automation) (n int) {
		for name := rekey.NameKey(a.Name); before[name] != "" && n <= len(before); n++ {
			name = before[name]
		}
		return n
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b Automation) int { return depth(a) - depth(b) })
}
