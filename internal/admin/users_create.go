package admin

import (
	"context"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/english"
	"rekey/internal/store"
)

// CreateUser stores a new system user without a password and records
// user.created, so that an automation can send one. It sets id, times and
// versions; the status "" means active. The actor's rank must be above that of
// the role, except that Administrators create Administrators.
func (s *Service) CreateUser(ctx context.Context, actor, u rekey.SystemUser) (rekey.SystemUser, error) {
	if err := s.prepare(actor, &u); err != nil {
		return u, err
	}
	return u, s.store.Update(ctx, func(tx *store.Tx) error { return s.insertUser(ctx, tx, actor, u) })
}

// prepare checks a new user and sets the other fields.
func (s *Service) prepare(actor rekey.SystemUser, u *rekey.SystemUser) error {
	now := s.now()
	*u = rekey.SystemUser{ID: s.newID(), CreatedAt: now, UpdatedAt: now, Version: 1, PasswordVersion: 1}.With(*u)
	if u.Status == "" {
		u.Status = rekey.UserActive
	}
	var p rekey.Problems
	p.Merge("", u.Validate())
	s.checkMappings(&p, u.Sources)
	checkSources(&p, u)
	if err := p.Err(); err != nil {
		return err
	}
	a := actor.Authority()
	if checkTrust(&p, a, nil, u.Sources); p.Err() != nil {
		return asForbidden(p.Err())
	}
	if !a.MayGrant(u.Role) || !a.MayChange(*u) {
		return forbidden("role", cannot(actor, *u, "create "+english.A(u.Role.Label())))
	}
	return nil
}

func (s *Service) insertUser(ctx context.Context, tx *store.Tx, actor, u rekey.SystemUser) error {
	if err := sourcesFree(ctx, tx.Queries, u); err != nil {
		return err
	}
	if err := tx.InsertUser(ctx, u); err != nil {
		return err
	}
	return s.record(ctx, tx, actor, rekey.UserCreated, u.ID)
}

// checkSources makes the checks that Validate leaves out, and sorts the sources
// as the store returns them.
func checkSources(p *rekey.Problems, u *rekey.SystemUser) {
	if len(u.Sources) > 0 && u.Type == rekey.TypeUI {
		p.Add("sources", "Only API and Hybrid users post events.")
	}
	u.Sources = slices.Clone(u.Sources)
	slices.SortFunc(u.Sources, func(a, b rekey.EventSource) int { return strings.Compare(a.Source, b.Source) })
	for i := range u.Sources {
		if i > 0 && u.Sources[i].Source == u.Sources[i-1].Source {
			p.Add("sources", "The source "+u.Sources[i].Source+" appears twice.")
		}
		if u.Sources[i].Names == nil {
			u.Sources[i].Names = []string{}
		}
	}
}

// sourcesFree returns an error if a source belongs to another user.
func sourcesFree(ctx context.Context, r store.Queries, u rekey.SystemUser) error {
	for _, source := range u.Sources {
		holder, err := r.SourceOwner(ctx, source.Source)
		if err != nil {
			return err
		}
		if holder != "" && holder != u.ID {
			return conflict("sources", "The source "+source.Source+" belongs to another system user.")
		}
	}
	return nil
}

func conflict(field, message string) error {
	return &rekey.Error{Code: rekey.CodeConflict, Message: message, Fields: []rekey.FieldError{{Field: field, Message: message}}}
}

func forbidden(field, message string) error {
	return &rekey.Error{Code: rekey.CodeForbidden, Message: message, Fields: []rekey.FieldError{{Field: field, Message: message}}}
}
