package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rekey/client"
	"rekey/internal/password"
	"rekey/internal/pgtest"
)

// TestMain lets the scripts call this program as rekey, with a low cost of passwords.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"rekey": func() {
		e := system()
		e.server.Argon2 = password.Params{Memory: 64, Time: 1, Threads: 1}
		os.Exit(run(os.Args[1:], e))
	}})
}

// tests are run with a PostgreSQL that all of them share.
type tests struct{ *testing.M }

func (m tests) Run() int { return pgtest.Main(m.M) }

// TestScripts runs testdata/script: every behaviour of the command line is a
// file there. Besides the commands of testscript they use:
//
//	fails STATUS ARGS…     rekey ARGS fails with that status and one line on stderr
//	serve ARGS…            starts a server and a mail server; sets REKEY_SERVER and,
//	                       if it is printed, SETUP
//	setup                  makes the first administrator; sets REKEY_USER and REKEY_PASSWORD
//	says RE                waits for a line of the server's before which no set-up address is printed
//	mail VARIABLE ADDRESS  waits for a new mail and sets VARIABLE to the password in it
//	login ADDRESS PASSWORD PATH  logs in on the page, which leads to PATH
//	reload                 sends SIGHUP, and waits until the keys are reloaded
//	shutdown               sends SIGTERM, and waits for a good end
//	crash                  ends the server with SIGKILL
//	people FILE N          writes a file of people to import
//	slapd FILE LOGIN=ADDRESS…  starts OpenLDAP with these people, and writes the settings
//	                       of a server that imports them
//	samba FILE LOGIN=ADDRESS…  the same with Active Directory, if the tests run as root
//	administrator FILE     writes the settings with the directory's administrator as
//	                       Rekey's account
//	entry LOGIN ATTRIBUTE VALUE  sets an attribute of a person there
//	await RE ARGS…         repeats rekey ARGS until RE matches on stdout
//	postgres VARIABLE      sets VARIABLE to the address of an empty database on PostgreSQL
//	capture VARIABLE RE    sets VARIABLE to what the group in RE matched on stdout
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[serversKey{}] = &servers{}
			e.Defer(func() { serversOf(e.Values[serversKey{}]).kill() })
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("there is no condition %s", name)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fails":         fails,
			"serve":         serve,
			"says":          says,
			"setup":         setUp,
			"mail":          mail,
			"login":         logIn,
			"reload":        reload,
			"shutdown":      shutdown,
			"crash":         crash,
			"people":        people,
			"capture":       capture,
			"slapd":         startDirectory(startSlapd),
			"samba":         startDirectory(startSamba),
			"administrator": administrator,
			"entry":         entry,
			"await":         await,
			"postgres": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 1 {
					ts.Fatalf("usage: postgres VARIABLE")
				}
				ts.Setenv(args[0], pgtest.Database(t))
			},
		},
	})
}

// fails expects a status and one line that says what was wrong.
func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: fails STATUS ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var exit *exec.ExitError
	if err = ts.Exec("rekey", args[1:]...); !errors.As(err, &exit) {
		ts.Fatalf("it did not fail: %v", err)
	}
	if got := exit.ExitCode(); got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
	text := ts.ReadFile("stderr")
	if !strings.HasPrefix(text, "rekey: ") || strings.Count(text, "\n") != 1 {
		ts.Fatalf("not one line that begins with rekey: but %q", text)
	}
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VARIABLE RE")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("%s does not match stdout", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// The server's log has the cause under the id of the request.
func TestAFailureOfTheServerNamesItsRequest(t *testing.T) {
	t.Parallel()
	p := &client.Problem{Status: 500, Detail: "Something went wrong.", Instance: "4711"}
	if got := explain(fmt.Errorf("line 3: %w", p)); got != "line 3: Something went wrong. (request 4711)" {
		t.Error(got)
	}
	p = &client.Problem{Status: 404, Detail: "Not there.", Instance: "4711"}
	if got := explain(p); got != "Not there." {
		t.Error(got)
	}
}
