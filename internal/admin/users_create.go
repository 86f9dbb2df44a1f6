package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/english"
	"rekey/internal/store"
)

// MaxImport is the most system users that can be created at once.
const MaxImport = 10_000

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

// CreateUsers creates all of them or none. Errors name fields by their index,
// from 0: "users[3].address".
func (s *Service) CreateUsers(ctx context.Context, actor rekey.SystemUser, users []rekey.SystemUser) ([]rekey.SystemUser, error) {
	users, p, err := s.prepareAll(actor, users)
	if err == nil {
		err = p.err()
	}
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := p.taken(ctx, tx.Queries, users); err != nil {
			return err
		}
		for _, u := range users {
			if err := s.insertUser(ctx, tx, actor, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return users, nil
}

// CheckUsers returns everything that CreateUsers would refuse, and stores nothing.
func (s *Service) CheckUsers(ctx context.Context, actor rekey.SystemUser, users []rekey.SystemUser) error {
	users, p, err := s.prepareAll(actor, users)
	if err != nil {
		return err
	}
	return p.taken(ctx, s.store.Queries, users)
}

// prepareAll prepares copies, and collects the problems that need no store.
func (s *Service) prepareAll(actor rekey.SystemUser, users []rekey.SystemUser) ([]rekey.SystemUser, *lines, error) {
	if len(users) > MaxImport {
		return nil, nil, rekey.NewError(rekey.CodeTooLarge, "At most 10,000 system users can be created at once.")
	}
	users = slices.Clone(users)
	p := &lines{}
	for i := range users {
		p.merge(i, s.prepare(actor, &users[i]))
	}
	p.repeated(users)
	return users, p, nil
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
	checkSources(&p, u)
	if err := p.Err(); err != nil {
		return err
	}
	a := actor.Authority()
	if !a.MayGrant(u.Role) || !a.MayChange(*u) {
		return forbidden("role", "To create "+english.A(string(u.Role))+" you need a higher rank than that.")
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
			p.Add("sources", "The source "+u.Sources[i].Source+" is there twice.")
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

// lines collects the problems with the entries of a list. Its error has the first
// code that is there of CodeInvalid, CodeForbidden and CodeConflict.
type lines struct {
	fields []rekey.FieldError
	codes  []rekey.Code
}

func (l *lines) merge(at int, err error) {
	var e *rekey.Error
	if !errors.As(err, &e) {
		return
	}
	l.codes = append(l.codes, e.Code)
	for _, f := range e.Fields {
		l.fields = append(l.fields, rekey.FieldError{Field: fmt.Sprintf("users[%d].%s", at, f.Field), Message: f.Message})
	}
}

// repeated adds a problem for each address and source that is in the list twice.
func (l *lines) repeated(users []rekey.SystemUser) {
	addresses, sources := map[string]int{}, map[string]int{}
	for i, u := range users {
		if at, twice := addresses[u.AddressKey]; twice && u.AddressKey != "" {
			l.merge(i, rekey.Invalid("address", fmt.Sprintf("The same address as in users[%d].", at)))
		}
		addresses[u.AddressKey] = i
		for _, source := range u.Sources {
			if at, twice := sources[source.Source]; twice && at != i {
				l.merge(i, rekey.Invalid("sources", fmt.Sprintf("The same source as in users[%d].", at)))
			}
			sources[source.Source] = i
		}
	}
}

// taken adds a problem for each address and source that belongs to another user,
// and returns all problems.
func (l *lines) taken(ctx context.Context, r store.Queries, users []rekey.SystemUser) error {
	addresses := make([]string, len(users))
	for i, u := range users {
		addresses[i] = u.Address
	}
	found, err := r.FindUsers(ctx, addresses)
	if err != nil {
		return err
	}
	for i, u := range users {
		if _, taken := found[u.Address]; taken && u.AddressKey != "" {
			l.merge(i, conflict("address", "Another system user has this address."))
		}
		err := sourcesFree(ctx, r, u)
		if err != nil && rekey.CodeOf(err) != rekey.CodeConflict {
			return err
		}
		l.merge(i, err)
	}
	return l.err()
}

func (l *lines) err() error {
	for _, code := range []rekey.Code{rekey.CodeInvalid, rekey.CodeForbidden, rekey.CodeConflict} {
		if slices.Contains(l.codes, code) {
			return &rekey.Error{Code: code, Message: "Nobody was created.", Fields: l.fields}
		}
	}
	return nil
}
