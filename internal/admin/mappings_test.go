package admin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

// ticketSource is a source with a mapping.
func ticketSource(change ...func(*rekey.EventSource)) rekey.EventSource {
	s := rekey.EventSource{Source: "/tickets", Names: []string{"ticket.opened", "incident.*"}, People: `[event.data.reporter]`}
	for _, c := range change {
		c(&s)
	}
	return s
}

func trusted(s *rekey.EventSource) { s.Trusted = true }

func (o *office) setSources(actor rekey.SystemUser, u rekey.SystemUser, sources ...rekey.EventSource) error {
	_, err := o.UpdateUser(o.ctx, actor, u.ID, 0, func(u *rekey.SystemUser) error {
		u.Sources = sources
		return nil
	})
	return err
}

func TestAutomationForOutsidersKeepsTheOldPassword(t *testing.T) {
	t.Parallel()
	o := setup(t)
	program := o.person(rekey.RoleMember, api)
	o.must(o.setSources(o.root, program, ticketSource()))
	name := func(op rekey.Operator, value string) func(*rekey.Automation) {
		return func(a *rekey.Automation) { a.EventFilter.Name = rekey.TextFilter{Operator: op, Value: value} }
	}
	source := func(op rekey.Operator, value string) func(*rekey.Automation) {
		return func(a *rekey.Automation) { a.EventFilter.Source = rekey.TextFilter{Operator: op, Value: value} }
	}
	for title, test := range map[string]struct {
		filter  func(*rekey.Automation)
		refused bool
	}{
		"any event":                  {func(*rekey.Automation) {}, true},
		"a name it may post":         {name(rekey.OpEquals, "ticket.opened"), true},
		"a name with a beginning":    {name(rekey.OpEquals, "incident.1"), true},
		"names that begin so":        {name(rekey.OpStartsWith, "inc"), true},
		"names that begin further":   {name(rekey.OpStartsWith, "incident.network."), true},
		"names that end so":          {name(rekey.OpEndsWith, "opened"), true},
		"names like a pattern":       {name(rekey.OpMatches, "^i"), true},
		"names other than one":       {name(rekey.OpNotEquals, "ticket.opened"), true},
		"the source":                 {source(rekey.OpEquals, "/tickets"), true},
		"a pattern for the source":   {source(rekey.OpMatches, "^/t"), true},
		"a name it may not post":     {name(rekey.OpEquals, "siem.leaked"), false},
		"names that begin otherwise": {name(rekey.OpStartsWith, "siem."), false},
		"another source":             {source(rekey.OpEquals, "/siem"), false},
		"every source but this one":  {source(rekey.OpNotEquals, "/tickets"), false},
	} {
		for _, old := range []rekey.OldPassword{"", rekey.ReplaceWhenSent, rekey.RevokeAtOnce, rekey.KeepUntilChanged} {
			a := draft(external, test.filter)
			a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: old})
			_, err := o.CreateAutomation(o.ctx, o.root, a, true)
			if wrong := test.refused && old != rekey.KeepUntilChanged; !wrong {
				if err != nil {
					t.Errorf("%s, %q: %v", title, old, err)
				}
				continue
			}
			o.refused(err, rekey.CodeInvalid, "job_params.old_password")
			if !strings.Contains(err.Error(), "from /tickets") || !strings.Contains(err.Error(), "Administrator") {
				t.Errorf("%s: %v", title, err)
			}
		}
	}
	o.must(o.setSources(o.root, program, ticketSource(trusted)))
	a := draft(external)
	a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce})
	saved, err := o.CreateAutomation(o.ctx, o.root, a, false)
	o.must(err)
	// When the trust is gone, the draft cannot be activated.
	o.must(o.setSources(o.root, program, ticketSource()))
	_, err = o.ActivateAutomation(o.ctx, o.root, saved.Automation.ID, 0)
	o.refused(err, rekey.CodeInvalid, "job_params.old_password")
}

func TestOnlyAnAdministratorTrustsASource(t *testing.T) {
	t.Parallel()
	o := setup(t)
	program := o.person(rekey.RoleMember, api)
	o.must(o.setSources(o.manager, program, ticketSource())) // whoever may change its sources may map
	o.refused(o.setSources(o.manager, program, ticketSource(trusted)), rekey.CodeForbidden, "sources")
	o.refused(o.setSources(o.operator, program, ticketSource(trusted)), rekey.CodeForbidden, "sources")
	o.must(o.setSources(o.root, program, ticketSource(trusted)))
	// Whoever could change a trusted mapping would decide whom it names.
	for name, change := range map[string]func(*rekey.EventSource){
		"what it reads": func(s *rekey.EventSource) { s.People = `[event.data.victim]` },
		"what it posts": func(s *rekey.EventSource) { s.Names = []string{"*"} },
		"which source":  func(s *rekey.EventSource) { s.Source = "/mail" },
	} {
		t.Log(name)
		o.refused(o.setSources(o.manager, program, ticketSource(trusted, change)), rekey.CodeForbidden, "sources")
	}
	u, err := o.UpdateUser(o.ctx, o.manager, program.ID, 0, func(u *rekey.SystemUser) error {
		u.FirstName = "Tickets"
		return nil
	})
	if o.must(err); !u.Sources[0].Trusted || u.Sources[0].People == "" {
		t.Errorf("stored %+v", u.Sources)
	}
	o.must(o.setSources(o.manager, program, ticketSource())) // less trust is anybody's who may change it
	// Without its mapping the source would be trusted again.
	unmapped := ticketSource(func(s *rekey.EventSource) { s.People = "" })
	o.refused(o.setSources(o.manager, program, unmapped), rekey.CodeForbidden, "sources")
	o.must(o.setSources(o.root, program, unmapped))
	o.must(o.setSources(o.root, program, ticketSource()))
	_, err = o.CreateUser(o.ctx, o.manager, rekey.SystemUser{Address: "new@example.org", Type: rekey.TypeAPI, Role: rekey.RoleMember,
		Sources: []rekey.EventSource{ticketSource(trusted, func(s *rekey.EventSource) { s.Source = "/new" })}})
	o.refused(err, rekey.CodeForbidden, "sources")
}

func TestBadMappingIsRefusedByField(t *testing.T) {
	t.Parallel()
	o := setup(t)
	program := o.person(rekey.RoleMember, api)
	plain := rekey.EventSource{Source: "/z", Names: []string{"*"}}
	o.refused(o.setSources(o.root, program, plain, ticketSource(func(s *rekey.EventSource) { s.People = "event.data." })), rekey.CodeInvalid, "sources[1].people")
	o.refused(o.setSources(o.root, program, ticketSource(func(s *rekey.EventSource) { s.People = "user.email" })), rekey.CodeInvalid, "sources[0].people")
	o.refused(o.setSources(o.root, program, ticketSource(trusted, func(s *rekey.EventSource) { s.People = "" })), rekey.CodeInvalid, "sources[0].trusted")
	_, err := o.CreateUser(o.ctx, o.root, rekey.SystemUser{Address: "new@example.org", Type: rekey.TypeAPI, Role: rekey.RoleMember,
		Sources: []rekey.EventSource{ticketSource(func(s *rekey.EventSource) { s.People = "[1]" })}})
	o.refused(err, rekey.CodeInvalid, "sources[0].people")
}

func TestMappingIsTriedOnASample(t *testing.T) {
	t.Parallel()
	o := setup(t)
	sample := func(text string) map[string]any {
		var event map[string]any
		o.must(json.Unmarshal([]byte(text), &event))
		return event
	}
	const expression = `[event.data.reporter, event.data.assignee]`
	event := sample(`{"data": {"reporter": " <` + strings.ToUpper(o.member.Address) + `>", "assignee": "ghost@example.org"}}`)
	preview, err := o.PreviewMapping(o.ctx, o.operator, expression, event)
	if o.must(err); len(preview.People) != 2 || preview.Unknown != 1 {
		t.Errorf("%+v", preview)
	}
	above := sample(`{"data": {"reporter": "` + o.root.Address + `", "assignee": null}}`)
	if preview, err = o.PreviewMapping(o.ctx, o.operator, expression, above); err != nil || preview.Unknown != 1 {
		t.Errorf("somebody above: %+v, %v", preview, err)
	}
	_, err = o.PreviewMapping(o.ctx, o.operator, `[event.data.x]`, event)
	o.refused(err, rekey.CodeInvalid, "event")
	_, err = o.PreviewMapping(o.ctx, o.operator, `[event.data.`, event)
	o.refused(err, rekey.CodeInvalid, "people")
	_, err = o.PreviewMapping(o.ctx, o.member, expression, event)
	o.refused(err, rekey.CodeForbidden)
	var none admin.MappingPreview
	if preview, _ = o.PreviewMapping(o.ctx, o.member, expression, event); preview.Unknown != none.Unknown || preview.People != nil {
		t.Errorf("a Member sees %+v", preview)
	}
}
