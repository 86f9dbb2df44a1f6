package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rekey/internal/directory/directorytest"
)

const (
	// directoryPeople are in one run.
	directoryPeople = 1_000
	// directoryRuns is how many runs of each kind a round has. One takes a fraction of a
	// second, which says little by itself.
	directoryRuns = 5
)

// besideBuiltIn has two servers send runs, one to built-in people and one to
// people of a directory, who were imported before. They take turns, so that other load on
// the machine slows both alike. Without slapd it measures nothing, and says so.
func (b *bench) besideBuiltIn(ctx context.Context, r readings) (err error) {
	people := warmUp + directoryRuns*directoryPeople
	slapd, err := directorytest.StartSlapd(ctx, directorytest.SlapdOptions{People: inDirectory(people)})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: the row directory is left out: %v; scripts/install-test-servers installs slapd\n", b.db.name, err)
		return nil
	}
	defer func() { err = errors.Join(err, slapd.Close()) }()
	builtIn, err := b.serve(ctx, people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, builtIn.end()) }()
	of, err := b.serveDirectory(ctx, slapd, people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, of.end()) }()

	var took [2]watched
	for n := range directoryRuns {
		for i, s := range []*server{builtIn, of} {
			if n == 0 {
				if err := b.warmed(ctx, s, sendAndKeep); err != nil {
					return err
				}
			}
			w, err := b.keepRun(ctx, s, n, []string{"built in", "directory"}[i])
			if err != nil {
				return err
			}
			took[i].count += w.count
			took[i].took += w.took
			took[i].rekey += w.rekey
		}
	}
	took[0].note(r, "built in")
	took[1].note(r, "directory")
	return nil
}

// keepRun measures the n-th run of a server.
func (b *bench) keepRun(ctx context.Context, s *server, n int, row string) (watched, error) {
	w, err := b.watch(ctx, fmt.Sprintf("%s %d", row, n), s, func() (int64, time.Duration, error) {
		took, err := b.mailTo(ctx, s, fmt.Sprintf("run %d", n), warmUp+n*directoryPeople, directoryPeople)
		return directoryPeople, took, err
	})
	if err != nil {
		return w, err
	}
	if err := b.ended(ctx, s); err != nil {
		return w, err
	}
	t, err := b.takenOnce(ctx, directoryPeople)
	if err != nil {
		return w, err
	}
	return w, tryPasswords(ctx, s.url, t.Samples)
}

// inDirectory are people with the addresses of the bench.
func inDirectory(n int) []directorytest.Person {
	people := make([]directorytest.Person, n)
	for i := range people {
		people[i] = directorytest.Person{
			Login: fmt.Sprintf("person%07d", i), FirstName: "Ada", LastName: "Lovelace", Address: personAddress(i), Password: adminPassword,
		}
	}
	return people
}

// serveDirectory starts Rekey on a fresh database, and waits until it has imported the
// people of a directory. The first person is built in, as in every database here.
func (b *bench) serveDirectory(ctx context.Context, slapd *directorytest.Slapd, people int) (*server, error) {
	p, err := b.db.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if err = b.populate(ctx, p); err == nil {
		settings := slapd.Settings()
		settings.PasswordFile = filepath.Join(filepath.Dir(p.keys), "directory-password")
		p.directories = append(p.directories, settings)
		err = os.WriteFile(settings.PasswordFile, []byte(settings.Password.Reveal()), 0o600)
	}
	var s *server
	if err == nil {
		s, err = b.serveOn(ctx, p)
	}
	if err != nil {
		return nil, errors.Join(err, p.drop())
	}
	err = b.until(ctx, func(int64) (bool, error) {
		all, err := s.asAdmin().Directories(ctx)
		if err != nil || len(all) != 1 || all[0].FullAt.IsZero() {
			return false, err
		}
		if all[0].Users != people-1 {
			return false, fmt.Errorf("%d people were imported, not %d", all[0].Users, people-1)
		}
		return true, nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("import: %w", err), s.end())
	}
	return s, nil
}
