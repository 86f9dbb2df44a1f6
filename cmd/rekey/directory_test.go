package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/suite"
)

// startDirectory returns the command that starts a directory with people, and writes the
// settings of a server that imports from it.
func startDirectory(start func(context.Context) (directorytest.Real, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := serversOf(ts.Value(serversKey{}))
		if neg || len(args) < 2 || s.directory != nil {
			ts.Fatalf("usage: slapd FILE LOGIN=ADDRESS…, or samba, once")
		}
		server, err := start(context.Background())
		ts.Check(err)
		s.directory = server
		for _, person := range args[1:] {
			login, address, _ := strings.Cut(person, "=")
			_, err := server.Add(context.Background(), directorytest.Person{Login: login, Address: address, Password: "their.Old-passw0rd"})
			ts.Check(err)
		}
		writeSettings(ts, args[0], server.Settings())
	}
}

func startSlapd(ctx context.Context) (directorytest.Real, error) {
	return directorytest.StartSlapd(ctx, directorytest.SlapdOptions{})
}

func startSamba(ctx context.Context) (directorytest.Real, error) {
	return directorytest.StartSamba(ctx)
}

// administrator writes the settings of a server whose account is the administrator of the
// directory.
func administrator(ts *testscript.TestScript, neg bool, args []string) {
	s := serversOf(ts.Value(serversKey{}))
	if neg || len(args) != 1 || s.directory == nil {
		ts.Fatalf("usage: administrator FILE, after slapd or samba")
	}
	settings := s.directory.Settings()
	settings.BindDN, settings.Password = s.directory.Administrator()
	writeSettings(ts, args[0], settings)
}

// writeSettings writes the settings of a server with a directory.
func writeSettings(ts *testscript.TestScript, file string, settings directory.Settings) {
	settings.PasswordFile = ts.MkAbs("bind.password")
	ts.Check(os.WriteFile(settings.PasswordFile, []byte(settings.Password.Reveal()), 0o600))
	text, err := yaml.Marshal(map[string][]directory.Settings{"directories": {settings}})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(file), text, 0o600))
}

// entry changes a person of the directory.
func entry(ts *testscript.TestScript, neg bool, args []string) {
	s := serversOf(ts.Value(serversKey{}))
	if neg || len(args) != 3 || s.directory == nil {
		ts.Fatalf("usage: entry LOGIN ATTRIBUTE VALUE, after slapd or samba")
	}
	ts.Check(s.directory.Set(context.Background(), args[0], args[1], args[2]))
}

// await repeats a command until its output matches.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await RE ARGS…")
	}
	re := regexp.MustCompile(args[0])
	for late := time.Now().Add(suite.Limit); time.Now().Before(late); {
		ts.Check(ts.Exec("rekey", args[1:]...))
		if re.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}
