package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"rekey/client"
	"rekey/internal/plaintext"
)

func (s *story) enter(ctx context.Context) ([]string, error) {
	s.reader = s.world.visitor()
	p, err := s.reader.LogIn(ctx, ada, s.mailed[ada])
	if err != nil {
		return nil, err
	}
	return []string{"led to " + p.Path}, p.Expect("/change-password")
}

func (s *story) confine(ctx context.Context) ([]string, error) {
	p, err := s.reader.Get(ctx, "/")
	if err = errors.Join(err, p.Expect("/change-password")); err != nil {
		return nil, err
	}
	mailed := s.world.client(&person{User: client.User{Address: grace}, password: s.mailed[grace]})
	_, err = mailed.Account(ctx)
	var problem *client.Problem
	if !errors.As(err, &problem) || problem.Status != http.StatusUnauthorized && problem.Status != http.StatusForbidden {
		return nil, fmt.Errorf("the API answered Grace's mailed password with %w", cmp.Or(err, errLetIn))
	}
	return []string{"pages: back to /change-password", fmt.Sprintf("API, with Grace's: %d %s", problem.Status, problem.Detail)}, nil
}

func (s *story) rest(ctx context.Context) ([]string, error) {
	return nil, s.refused(ctx, ada, s.world.person(ada).password)
}

func (s *story) choose(ctx context.Context) ([]string, error) {
	defer s.reader.HTTP.CloseIdleConnections()
	person := s.world.person(ada)
	s.old, person.password = person.password, newPassword()
	p, err := s.reader.Choose(ctx, s.mailed[ada], person.password)
	return nil, errors.Join(err, p.Expect("/"))
}

func (s *story) enterAgain(ctx context.Context) ([]string, error) {
	v := s.world.visitor()
	defer v.HTTP.CloseIdleConnections()
	p, err := v.LogIn(ctx, ada, s.world.person(ada).password)
	return nil, errors.Join(err, p.Expect("/"))
}

func (s *story) refuse(ctx context.Context) ([]string, error) {
	if err := s.refused(ctx, ada, s.mailed[ada]); err != nil {
		return nil, err
	}
	if err := s.refused(ctx, ada, s.old); err != nil {
		return nil, fmt.Errorf("her old password: %w", err)
	}
	return []string{"nor does the old one"}, nil
}

// everybodyIn has Grace choose a password, and reads what the run and its page say then.
func (s *story) everybodyIn(ctx context.Context) ([]string, error) {
	reader, person := s.world.visitor(), s.world.person(grace)
	defer reader.HTTP.CloseIdleConnections()
	p, err := reader.LogIn(ctx, grace, s.mailed[grace])
	if err = errors.Join(err, p.Expect("/change-password")); err != nil {
		return nil, err
	}
	chosen := newPassword()
	if p, err = reader.Choose(ctx, s.mailed[grace], chosen); err != nil || p.Expect("/") != nil {
		return nil, errors.Join(err, p.Expect("/"))
	}
	person.password, s.chosen = chosen, true
	run, err := s.run(ctx, leaked, func(r client.Run) bool { return r.People.NotIn() == 0 })
	if err != nil {
		return nil, err
	}
	manager := s.world.visitor()
	defer manager.HTTP.CloseIdleConnections()
	if _, err := manager.LogIn(ctx, margaret, s.world.person(margaret).password); err != nil {
		return nil, err
	}
	path, text := "/runs/"+run.ID, fmt.Sprintf("%d of %d are in", run.People.In, run.People.All())
	if p, err = manager.Get(ctx, path); err != nil || !strings.Contains(p.Body, text) {
		return nil, errors.Join(err, fmt.Errorf("the page of the run does not say %q", text))
	}
	return []string{text, s.world.app.URL() + path}, nil
}

func (s *story) search(context.Context) ([]string, error) {
	secrets := map[string]string{}
	for address, password := range s.mailed {
		secrets[password] = address
	}
	return nil, plaintext.New(secrets).Files(s.world.folder)
}
