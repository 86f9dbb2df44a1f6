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

// slapd starts OpenLDAP, and writes the settings of a server that imports from it.
func slapd(ts *testscript.TestScript, neg bool, args []string) {
	s := serversOf(ts.Value(serversKey{}))
	if neg || len(args) < 2 || s.slapd != nil {
		ts.Fatalf("usage: slapd FILE LOGIN=ADDRESS…, once")
	}
	var people []directorytest.Person
	for _, person := range args[1:] {
		login, address, _ := strings.Cut(person, "=")
		people = append(people, directorytest.Person{Login: login, Address: address, Password: "their.Old-passw0rd"})
	}
	var err error
	s.slapd, err = directorytest.StartSlapd(context.Background(), directorytest.SlapdOptions{People: people})
	ts.Check(err)
	settings := s.slapd.Settings()
	settings.PasswordFile = ts.MkAbs("bind.password")
	ts.Check(os.WriteFile(settings.PasswordFile, []byte(settings.Password.Reveal()), 0o600))
	text, err := yaml.Marshal(map[string][]directory.Settings{"directories": {settings}})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

// entry changes a person of the directory.
func entry(ts *testscript.TestScript, neg bool, args []string) {
	s := serversOf(ts.Value(serversKey{}))
	if neg || len(args) != 3 || s.slapd == nil {
		ts.Fatalf("usage: entry LOGIN ATTRIBUTE VALUE, after slapd")
	}
	ts.Check(s.slapd.Set(context.Background(), args[0], args[1], args[2]))
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
