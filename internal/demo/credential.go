package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"rekey/client"
	"rekey/internal/visitor"
)

func (s *story) enter(ctx context.Context) ([]string, error) {
	s.ada = s.world.visitor()
	const path = "/change-password"
	return []string{"led to " + path}, leads(path)(s.ada.LogIn(ctx, ada, s.mailed[ada]))
}

// leads checks that a request was answered with a redirect to a path.
func leads(path string) func(visitor.Page, error) error {
	return func(p visitor.Page, err error) error {
		if err == nil && !p.Leads(path) {
			err = fmt.Errorf("it led to %s with %d", p.Path, p.Status)
		}
		return err
	}
}

func (s *story) confine(ctx context.Context) ([]string, error) {
	if err := leads("/change-password")(s.ada.Get(ctx, "/")); err != nil {
		return nil, err
	}
	mailed := s.world.client(&person{User: client.User{Address: grace}, password: s.mailed[grace]})
	_, err := mailed.Account(ctx)
	var problem *client.Problem
	if !errors.As(err, &problem) || problem.Status != http.StatusUnauthorized && problem.Status != http.StatusForbidden {
		return nil, fmt.Errorf("the API answered Grace's mailed password with %w", errOr(err, errLetIn))
	}
	return []string{"pages: back to /change-password", fmt.Sprintf("API, with Grace's: %d %s", problem.Status, problem.Detail)}, nil
}

func errOr(err, other error) error {
	if err == nil {
		return other
	}
	return err
}

func (s *story) rest(ctx context.Context) ([]string, error) {
	return nil, s.refused(ctx, ada, s.world.person(ada).password)
}

func (s *story) choose(ctx context.Context) ([]string, error) {
	defer s.ada.HTTP.CloseIdleConnections()
	person := s.world.person(ada)
	s.adasOld, person.password = person.password, newPassword()
	return nil, leads("/")(s.ada.Choose(ctx, s.mailed[ada], person.password))
}

func (s *story) enterAgain(ctx context.Context) ([]string, error) {
	v := s.world.visitor()
	defer v.HTTP.CloseIdleConnections()
	return nil, leads("/")(v.LogIn(ctx, ada, s.world.person(ada).password))
}

func (s *story) refuse(ctx context.Context) ([]string, error) {
	if err := s.refused(ctx, ada, s.mailed[ada]); err != nil {
		return nil, err
	}
	if err := s.refused(ctx, ada, s.adasOld); err != nil {
		return nil, fmt.Errorf("her old password: %w", err)
	}
	return []string{"nor does the old one"}, nil
}

func (s *story) search(context.Context) ([]string, error) {
	files, size := 0, 0
	root, err := os.OpenRoot(s.world.folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root.FS(), path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a temporary file of the database
		}
		files, size = files+1, size+len(data)
		for address, password := range s.mailed {
			if bytes.Contains(data, []byte(password)) || bytes.Contains(data, []byte(strings.ReplaceAll(password, "-", ""))) {
				return fmt.Errorf("%s holds the one of %s", path, address)
			}
		}
		return err
	})
	return []string{fmt.Sprintf("%d files, %d KiB searched", files, size>>10)}, err
}
