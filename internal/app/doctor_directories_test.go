package app

import (
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

func TestDoctorExaminesDirectories(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{People: []directorytest.Person{{Login: "ada", Address: "ada@example.org"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	for name, c := range map[string]struct {
		change func(*directory.Settings)
		check  string
		health rekey.Health
		says   string
	}{
		"well":             {func(*directory.Settings) {}, "directory staff server", rekey.Well, "takes the writes"},
		"another base":     {func(s *directory.Settings) { s.Base = "ou=nobody,dc=example,dc=test" }, "directory staff server", rekey.Ill, "setting base"},
		"a wrong password": {func(s *directory.Settings) { s.Password = rekey.NewSecret("wrong") }, "directory staff server", rekey.Ill, "password_file"},
		"no authority":     {func(s *directory.Settings) { s.CAFile = "" }, "directory staff server", rekey.Ill, "ca_file"},
		"wrong settings":   {func(s *directory.Settings) { s.Base = "" }, "directory staff", rekey.Ill, "Correct the settings"},
	} {
		s := server.Settings()
		c.change(&s)
		found := map[string]rekey.Finding{}
		Doctor{Now: time.Now}.directories(t.Context(), Config{Directories: Directories{s}}, func(f rekey.Finding) { found[f.Check] = f })
		if f := found[c.check]; f.Health != c.health || !strings.Contains(f.Found+f.Advice, c.says) || strings.Contains(f.Found, s.Password.Reveal()) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
