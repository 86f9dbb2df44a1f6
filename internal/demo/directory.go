package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"rekey/client"
	"rekey/internal/directory/directorytest"
	"rekey/internal/plaintext"
)

// The addresses of the accounts in the directory. The part before the @ is the login.
const (
	hedy    = "hedy@example.org"
	radia   = "radia@example.org"
	backups = "backups@example.org"
)

// directorySteps are those of the story in which the password lives in a directory.
func (s *story) directorySteps() []step {
	return []step{
		{"A server, a mail server, and a directory (slapd) on this machine", s.start},
		{"The server imports three accounts, and mails nobody", s.imported},
		{"A manager saves a selection and two automations", s.automate},
		{"The security monitor posts an event that names two of them", s.post},
		{"A mail arrives, with a password for one use", s.receive},
		{"The run says who was skipped, and why", s.explain},
		{"Until Hedy has chosen, the directory takes her old password", s.untouched},
		{"The mailed password opens Rekey's page", s.enterPage},
		{"She chooses a password, and the directory is written once", s.chooseThere},
		{"The directory takes the chosen password", s.inForce},
		{"It no longer takes the old one", s.oldEnded},
		{"No file that the server wrote holds any of these passwords", s.searchAll},
	}
}

// startDirectory starts a directory with three accounts.
func (w *world) startDirectory(ctx context.Context) error {
	accounts := []*person{
		{about: "In the directory", User: client.User{Address: hedy, FirstName: "Hedy", LastName: "Lamarr", Type: "ui", Role: "member"}},
		{about: "In the directory", User: client.User{Address: radia, FirstName: "Radia", LastName: "Perlman", Type: "ui", Role: "member"}},
		{about: "In the directory", User: client.User{Address: backups, FirstName: "Nightly", LastName: "Backups", Type: "api", Role: "member"}},
	}
	var entries []directorytest.Person
	for _, p := range accounts {
		p.password = newPassword()
		entry := directorytest.Person{Login: login(p.Address), FirstName: p.FirstName, LastName: p.LastName, Address: p.Address, Password: p.password}
		if p.Type == "api" {
			entry.Attributes = map[string][]string{"objectClass": {"inetOrgPerson", "simpleSecurityObject"}}
		}
		entries = append(entries, entry)
	}
	there, err := directorytest.StartSlapd(ctx, directorytest.SlapdOptions{People: entries})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("slapd is not installed here: install it (Debian: apt-get install slapd), or leave out --directory: %w", err)
	}
	if err != nil {
		return err
	}
	w.there, w.people = there, append(w.people, accounts...)
	return nil
}

func login(address string) string { name, _, _ := strings.Cut(address, "@"); return name }

// imported waits for the server's first import.
func (s *story) imported(ctx context.Context) ([]string, error) {
	c := s.world.client(s.world.person(margaret))
	var lines []string
	for _, address := range []string{hedy, radia, backups} {
		var user client.User
		err := eventually(ctx, address+" was not imported", func() (bool, error) {
			var err error
			user, err = c.User(ctx, address)
			if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusNotFound {
				return false, nil
			}
			return true, err
		})
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%-24s %s, %s", address, user.Type, user.Role))
	}
	if n := len(s.world.mail.Messages()); n > 0 {
		return nil, fmt.Errorf("%d mails were sent", n)
	}
	return lines, nil
}

// takes checks that the directory lets Hedy in with a password.
func (s *story) takes(ctx context.Context, password string) error {
	return s.world.there.CanBind(ctx, login(hedy), password)
}

// refuses checks that it does not.
func (s *story) refuses(ctx context.Context, password string) error {
	switch err := s.takes(ctx, password); {
	case err == nil:
		return errLetIn
	case errors.Is(err, directorytest.ErrRefused):
		return nil
	default:
		return err
	}
}

func (s *story) untouched(ctx context.Context) ([]string, error) {
	if err := s.takes(ctx, s.world.person(hedy).password); err != nil {
		return nil, err
	}
	return []string{"the mailed one does not log in there"}, s.refuses(ctx, s.mailed[hedy])
}

func (s *story) enterPage(ctx context.Context) ([]string, error) {
	s.reader = s.world.visitor()
	p, err := s.reader.LogIn(ctx, hedy, s.mailed[hedy])
	return nil, errors.Join(err, p.Expect("/change-password"))
}

func (s *story) chooseThere(ctx context.Context) ([]string, error) {
	defer s.reader.HTTP.CloseIdleConnections()
	person := s.world.person(hedy)
	s.old, person.password = person.password, newPassword()
	p, err := s.reader.Choose(ctx, s.mailed[hedy], person.password)
	return nil, errors.Join(err, p.Expect("/login"))
}

func (s *story) inForce(ctx context.Context) ([]string, error) {
	chosen := s.world.person(hedy).password
	if err := s.takes(ctx, chosen); err != nil {
		return nil, err
	}
	return []string{"Rekey itself lets nobody in with it"}, s.refused(ctx, hedy, chosen)
}

func (s *story) oldEnded(ctx context.Context) ([]string, error) {
	return nil, s.refuses(ctx, s.old)
}

func (s *story) searchAll(context.Context) ([]string, error) {
	secrets := map[string]string{s.mailed[hedy]: "mailed", s.old: "old", s.world.person(hedy).password: "chosen"}
	return nil, plaintext.New(secrets).Files(s.world.folder)
}
