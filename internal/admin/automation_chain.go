package admin

import (
	"context"
	"fmt"
	"strings"

	"rekey"
	"rekey/internal/store"
)

// checkChain checks an automation together with those that run before and after it. It
// counts automations of every status, because each may be activated later. They must form
// no loop and not be too many. If a stranger can set the first one off, all of them must
// keep the old password. A run checks all of this again.
func checkChain(ctx context.Context, r store.Queries, p *rekey.Problems, a *rekey.Automation) error {
	chains, err := r.Chains(ctx)
	if err != nil {
		return err
	}
	chains[a.ID] = *a
	field := "event_type" // with which the automation would get its place in the chain
	if a.EventFilter.Automation != "" {
		field = "event_filter.automation"
		before, err := r.Automation(ctx, a.EventFilter.Automation)
		if rekey.CodeOf(err) == rekey.CodeNotFound {
			p.Add(field, "Automation not found.")
			return nil
		}
		if err != nil {
			return err
		}
		if before.ID != a.ID {
			chains[before.ID] = before
		}
	}
	before, loop := chains.To(*a)
	if loop {
		p.Add(field, "These automations would start each other in a loop: "+arrows(append(before, before[0]))+". Choose another one.")
		return nil
	}
	after := chains.From(*a)
	for _, last := range append(after, *a) {
		if whole, _ := chains.To(last); len(whole) > rekey.MaxChain {
			p.Add(field, fmt.Sprintf("A chain has at most %d automations, and this one would have %d: %s.", rekey.MaxChain, len(whole), arrows(whole)))
			return nil
		}
	}
	return checkStranger(ctx, r, p, field, before[0], *a, after)
}

// checkStranger refuses automations of a chain that take the old password away, if a
// stranger can set its first automation off. All others are checked where they are saved.
func checkStranger(ctx context.Context, r store.Queries, p *rekey.Problems, field string, first, a rekey.Automation, after []rekey.Automation) error {
	event, _ := rekey.FindEventType(first.EventType)
	sources, err := outsidersOf(ctx, r, first)
	if err != nil || !event.SetOffByStranger && len(sources) == 0 {
		return err
	}
	next, _ := rekey.FindEventType(rekey.AutomationFinished)
	next = next.FromOutsiders(rekey.InternalSource)
	if a.ID != first.ID && !empty(a.JobParams) && outsidersProblem(&a, next) != nil {
		p.Add("job_params.old_password", "A stranger can set off the chain, which begins with '"+first.Name+"', so only keep is allowed.")
	}
	for _, other := range after {
		if !empty(other.JobParams) && outsidersProblem(&other, next) != nil {
			p.Add(field, "A stranger could then set off '"+other.Name+"', which runs later in the chain. Let it keep the old password first.")
		}
	}
	return nil
}

// arrows names automations in their order: "'A' → 'B'".
func arrows(chain []rekey.Automation) string {
	names := make([]string, len(chain))
	for i, a := range chain {
		names[i] = "'" + a.Name + "'"
	}
	return strings.Join(names, " → ")
}
