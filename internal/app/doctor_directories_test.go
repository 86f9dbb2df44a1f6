package app

import (
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
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
		Doctor{Now: time.Now}.directories(t.Context(), Config{Directories: Directories{s}}, nil, func(f rekey.Finding) { found[f.Check] = f })
		if f := found[c.check]; f.Health != c.health || !strings.Contains(f.Found+f.Advice, c.says) || strings.Contains(f.Found, s.Password.Reveal()) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestDoctorFindsWhoCannotLogInUntilAnAddressIsConfirmed(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutDirectoryEntries(t.Context(), "staff", []rekey.DirectoryEntry{
			{Key: "1", UserID: "ada", Reason: rekey.EntryNoWayIn}, {Key: "2", UserID: "bob", Reason: rekey.EntryAddressChanged},
		})
	}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"staff": "1 system user cannot log in", "guests": ""} {
		found := map[string]rekey.Finding{}
		Doctor{Now: time.Now}.directories(t.Context(), Config{Directories: Directories{{Name: name}}}, db, func(f rekey.Finding) { found[f.Check] = f })
		f, ok := found["directory "+name+" people"]
		if ok != (want != "") || ok && (f.Health != rekey.Doubtful || !strings.Contains(f.Found, want) || !strings.Contains(f.Advice, "/directories/staff?reason=no_way_in")) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
