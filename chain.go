package rekey

import (
	"cmp"
	"slices"
)

// MaxChain is how many automations run one after another in a chain at most.
const MaxChain = 8

// Chain says how an event of AutomationFinished came about. The zero value is that of
// other events, which follow from no run.
type Chain struct {
	// Automations are the ids of the automations that ran, the first one first. The last
	// one has finished.
	Automations []string `json:"automations,omitempty"`
	// People are the ids of the system users with whose authority they ran, and of the
	// person who posted the first event as a test. The next run needs the right of each
	// of them, too. Otherwise one would lend another their rank.
	People []string `json:"people,omitempty"`
	// Source is the source of the external event that set the chain off; "" if it was
	// another event.
	Source string `json:"source,omitempty"`
	// Part is 2 or more if an earlier event for the same run names the first people.
	Part int `json:"part,omitempty"`
}

// After returns the chain of the event that records the end of a run of a, which e
// started.
func (e Event) After(run Run, a Automation) Chain {
	c := Chain{Automations: append(slices.Clone(e.Chain.Automations), a.ID), People: slices.Clone(e.Chain.People), Source: e.Chain.Source}
	if e.Type == External && !e.IsTest() {
		c.Source = e.Source
	}
	if e.IsTest() {
		c.add(e.PostedBy)
	}
	c.add(cmp.Or(run.ActsFor, a.OwnerID))
	return c
}

// add adds a person to the chain; "" is Rekey itself, which needs no right.
func (c *Chain) add(person string) {
	if person != "" && !slices.Contains(c.People, person) {
		c.People = append(c.People, person)
	}
}

// Bars returns why an automation may not go on with the chain; "" if it may.
func (c Chain) Bars(automationID string) Reason {
	switch {
	case slices.Contains(c.Automations, automationID):
		return ReasonLoop
	case len(c.Automations) >= MaxChain:
		return ReasonChainTooLong
	default:
		return ""
	}
}

// Chains are automations by id. They must hold those that start when another has
// finished, and those that begin their chains.
type Chains map[string]Automation

// To returns the automations that run one after another up to a, which is the last
// one. If they form a loop, it returns true and the automations of the loop.
func (c Chains) To(a Automation) (chain []Automation, loop bool) {
	chain = []Automation{a}
	for a.EventType == AutomationFinished {
		before, known := c[a.EventFilter.Automation]
		if !known {
			break
		}
		if at := slices.IndexFunc(chain, func(seen Automation) bool { return seen.ID == before.ID }); at >= 0 {
			chain, loop = chain[at:], true
			break
		}
		chain, a = append(chain, before), before
	}
	slices.Reverse(chain)
	return chain, loop
}

// From returns the automations that run after a, directly or later. The chain of each
// holds a.
func (c Chains) From(a Automation) []Automation {
	var list []Automation
	for id, other := range c {
		if id == a.ID {
			continue
		}
		if chain, loop := c.To(other); !loop && slices.ContainsFunc(chain, func(seen Automation) bool { return seen.ID == a.ID }) {
			list = append(list, other)
		}
	}
	slices.SortFunc(list, func(x, y Automation) int { return cmp.Compare(x.NameKey, y.NameKey) })
	return list
}
