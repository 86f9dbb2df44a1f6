package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"rekey"
	"rekey/internal/selection"
	"rekey/internal/store"
)

// keptMappings is how many compiled mappings stay in memory. One is compiled in about
// a millisecond, which is too long for each event.
const keptMappings = 100

// MaxMappings is how much the mappings for the events of one request may cost, in the
// units of selection.Limits: about 0.1 s.
const MaxMappings = 10 * selection.MappingCost

// checkMappings compiles the mappings of sources.
func (s *Service) checkMappings(p *rekey.Problems, sources []rekey.EventSource) {
	for i, source := range sources {
		if source.People == "" {
			continue
		}
		_, err := s.compiler.CompileMapping(source.People)
		p.Merge(fmt.Sprintf("sources[%d].", i), err)
	}
}

// checkTrust refuses a trusted source that is new or changed, unless a is an
// Administrator: whoever changes what a trusted mapping reads decides whom it names.
// Without its mapping a source would be trusted, too.
func checkTrust(p *rekey.Problems, a rekey.Authority, before, after []rekey.EventSource) {
	for _, was := range before {
		unmapped := func(s rekey.EventSource) bool { return s.Source == was.Source && s.People == "" }
		if was.People != "" && !a.MayAdminister() && slices.ContainsFunc(after, unmapped) {
			p.Add("sources", "Only an Administrator may remove the mapping of a source: without it, outsiders could choose whom the source names.")
		}
	}
	for _, source := range after {
		same := func(other rekey.EventSource) bool {
			return other.Source == source.Source && other.People == source.People && other.Trusted && slices.Equal(other.Names, source.Names)
		}
		if source.Trusted && !a.MayAdminister() && !slices.ContainsFunc(before, same) {
			p.Add("sources", "Only an Administrator may trust a source to name people, or change a trusted source.")
		}
	}
}

// MapPeople returns the texts at which a mapping finds people in an event, and the
// cost. See selection.Mapping.
func (s *Service) MapPeople(expression string, event map[string]any) (people []string, spent uint64, err error) {
	mapping, ok := s.mappings.Get(expression)
	if !ok {
		if mapping, err = s.compiler.CompileMapping(expression); err != nil {
			return nil, 0, err
		}
		s.mappings.Add(expression, mapping)
	}
	return mapping.People(event)
}

// MappingPreview is whom a mapping finds in a sample event.
type MappingPreview struct {
	People  []string // as they stand in the event
	Unknown int      // how many of them name no system user whom the actor may view
}

// PreviewMapping tries a mapping on a sample, an event as MapPeople takes it. The
// actor must be allowed to define automations. Errors name "people" if the mapping is
// not valid, and "event" if it cannot be calculated.
func (s *Service) PreviewMapping(ctx context.Context, actor rekey.SystemUser, expression string, event map[string]any) (MappingPreview, error) {
	var preview MappingPreview
	if err := mayRead(actor); err != nil {
		return preview, err
	}
	mapping, err := s.compiler.CompileMapping(expression)
	if err != nil {
		return preview, err
	}
	if preview.People, _, err = mapping.People(event); err != nil {
		return preview, rekey.Invalid("event", err.Error())
	}
	subjects := make([]string, len(preview.People))
	for i, text := range preview.People {
		subjects[i] = rekey.TypedSubject(text)
	}
	found, err := s.store.FindUsers(ctx, subjects)
	for _, subject := range subjects {
		if u, known := found[subject]; !known || !actor.Authority().MayView(u) {
			preview.Unknown++
		}
	}
	return preview, err
}

// checkOutsiders refuses an automation that takes the old password away, if it is for
// events of a source in which outsiders have a say. It asks the job as for an event
// type that a stranger can set off, and the run asks again.
func checkOutsiders(ctx context.Context, r store.Queries, p *rekey.Problems, a *rekey.Automation) error {
	event, _ := rekey.FindEventType(a.EventType)
	if !event.External || empty(a.JobParams) {
		return nil
	}
	sources, err := outsidersOf(ctx, r, *a)
	for _, source := range sources {
		if wrong := outsidersProblem(a, event.FromOutsiders(source.Source)); wrong != nil {
			p.Add(wrong.Field, wrong.Message)
			return nil
		}
	}
	return err
}

// outsidersOf lists the sources in which outsiders have a say and whose events may start
// an automation.
func outsidersOf(ctx context.Context, r store.Queries, a rekey.Automation) ([]rekey.EventSource, error) {
	if a.EventType != rekey.External {
		return nil, nil
	}
	sources, err := r.OutsidersSources(ctx)
	return slices.DeleteFunc(sources, func(s rekey.EventSource) bool { return !a.EventFilter.MayMatch(s) }), err
}

// outsidersProblem returns what is wrong with an automation for events in which
// outsiders have a say, and for no others; nil if that is nothing.
func outsidersProblem(a *rekey.Automation, event rekey.EventType) *rekey.FieldError {
	_, err := rekey.ParseSendParams(a.JobParams, event)
	known, ok := errors.AsType[*rekey.Error](err)
	if !ok {
		return nil
	}
	at := slices.IndexFunc(known.Fields, func(f rekey.FieldError) bool { return f.Field == "job_params.old_password" })
	if at < 0 || !a.SendParams().OldPassword.Valid() && a.SendParams().OldPassword != "" {
		return nil
	}
	return &known.Fields[at]
}

// FailingFor lists the active automations whose runs fail for events of a source,
// because outsiders have a say in them. The actor must be allowed to define
// automations.
func (s *Service) FailingFor(ctx context.Context, actor rekey.SystemUser, source rekey.EventSource) ([]rekey.Automation, error) {
	if err := mayRead(actor); err != nil || !source.Outsiders() {
		return nil, err
	}
	active, err := s.store.ActiveAutomations(ctx, rekey.External)
	event, _ := rekey.FindEventType(rekey.External)
	return slices.DeleteFunc(active, func(a rekey.Automation) bool {
		return !a.EventFilter.MayMatch(source) || outsidersProblem(&a, event.FromOutsiders(source.Source)) == nil
	}), err
}

func newMappingCache() *lru.Cache[string, *selection.Mapping] {
	cache, _ := lru.New[string, *selection.Mapping](keptMappings) // it refuses only sizes below 1
	return cache
}
