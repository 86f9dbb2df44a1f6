// Command rekey is the server, its demonstration and its command line in one
// binary. Each subcommand has its own file. It calls internal/app for work on this
// machine, or the REST API for everything else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
)

// Exit statuses.
const (
	statusOK          = 0
	statusFailed      = 1   // the command was understood, and failed
	statusUsage       = 2   // the command was not understood
	statusSettings    = 78  // settings, or files that they name, have to be corrected first: EX_CONFIG of sysexits.h
	statusInterrupted = 130 // as shells have it for SIGINT
)

// env holds the input and output of a command, besides its flags.
type env struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	// server holds options of a server. Tests set a lower cost of passwords.
	server app.Options
}

// commands are all commands; the order is that of the help.
type commands struct {
	Demo       demoCommand        `cmd:"" help:"Show on this machine how Rekey works, then keep serving."`
	Serve      serveCommand       `cmd:"" help:"Run the server: pages, API and engine."`
	Migrate    migrateCommands    `cmd:"" help:"Bring a database up to date, or move it."`
	Backup     backupCommand      `cmd:"" help:"Write a backup of an SQLite database, even while the server runs."`
	Restore    restoreCommand     `cmd:"" help:"Restore a backup, and carry over newer blocks, passwords and roles."`
	Restored   restoredCommand    `cmd:"" help:"Tell Rekey that its PostgreSQL database was restored with pg_restore."`
	Key        keyCommands        `cmd:"" help:"Keys that seal mailed passwords."`
	Admin      adminCommands      `cmd:"" help:"Regain access as an Administrator, or confirm tokens."`
	Doctor     doctorCommand      `cmd:"" help:"Check settings, files, database and mail server."`
	User       userCommands       `cmd:"" help:"System users, through the API."`
	Selection  selectionCommands  `cmd:"" help:"Selections, through the API."`
	Automation automationCommands `cmd:"" help:"Automations, through the API."`
	Event      eventCommands      `cmd:"" help:"Events, through the API."`
	Run        runCommands        `cmd:"" help:"Runs, through the API."`
	Delivery   deliveryCommands   `cmd:"" help:"Deliveries, through the API."`
	Account    accountCommands    `cmd:"" help:"Your own account and password, through the API."`
	Token      tokenCommands      `cmd:"" help:"Bearer tokens, through the API."`
	Directory  directoryCommands  `cmd:"" help:"Directories where system users live, through the API."`
	Report     reportCommand      `cmd:"" help:"Count the deliveries of a period by automation and outcome."`
	Pause      pauseCommand       `cmd:"" help:"Pause all sending, on all nodes, through the API."`
	Resume     resumeCommand      `cmd:"" help:"Resume sending after a pause, through the API."`

	Version versionFlag `help:"Print the version."`
}

const description = `Rekey sends system users new passwords by mail when something happens.

Commands that use the API take the server from --server or REKEY_SERVER, and the credentials from REKEY_TOKEN (or --token), or from REKEY_USER and REKEY_PASSWORD.

The status is 0 if all went well, 1 if not, 2 if the command was not understood, 78 if settings or files have to be corrected first, and 130 if it was interrupted.`

func main() { os.Exit(run(os.Args[1:], system())) }

// system returns the env of a command in a shell.
func system() env {
	return env{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
}

// run runs one command and returns its exit status. A failure is one line on
// stderr.
func run(args []string, e env) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once. Within one second it is ignored: a
	// parent program may pass on the signal that the terminal sent to both.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	dropEmptyVariables()
	var cli commands
	told := false // --help or --version was printed
	parser, err := kong.New(&cli, kong.Name("rekey"), kong.Description(description),
		kong.Writers(e.stdout, e.stderr), kong.Exit(func(int) { told = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&e))
	if err != nil {
		return e.fail(err.Error(), statusFailed)
	}
	command, err := parser.Parse(args)
	if told {
		return statusOK
	}
	if wrong := checkVariables(os.Environ(), knownVariables(parser.Model)); wrong != nil {
		return e.fail(wrong.Error(), statusSettings)
	}
	if err != nil {
		return e.misunderstood(err)
	}
	err = command.Run()
	switch {
	case err == nil:
		return statusOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return e.fail("interrupted", statusInterrupted)
	default:
		n := namesOf(command)
		return e.fail(n.text(err), exitStatus(err, n))
	}
}

// misunderstood prints why a command could not be parsed: because of its arguments,
// the settings file or a variable.
func (e env) misunderstood(err error) int {
	if wrong, ok := errors.AsType[*rekey.Error](err); ok { // of the settings file
		return e.fail(wrong.Error(), statusSettings)
	}
	if parse, ok := errors.AsType[*kong.ParseError](err); ok {
		if wrong := checkValues(parse.Context.Flags()); wrong != nil {
			return e.fail(wrong.Error(), statusSettings)
		}
	}
	return e.fail(err.Error(), statusUsage)
}

// open opens a file that was named, or standard input for "-".
func (e env) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(e.stdin), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read; name another file, or - for standard input: %w", name, err)
	}
	return file, nil
}

// exitStatus is the exit status of a command that failed with err.
func exitStatus(err error, n names) int {
	var wrong *rekey.Error
	if !errors.As(err, &wrong) || wrong.Code == rekey.CodeUnavailable {
		return statusFailed
	}
	for _, f := range wrong.Fields {
		field, _, _ := strings.Cut(f.Field, "[")
		if n.flag(field) != nil && isSetting(field) {
			return statusSettings
		}
	}
	return statusFailed
}

// fail prints an error in one line, and returns status.
func (e env) fail(text string, status int) int {
	priority := ""
	if e.journal() {
		priority = priorityError
	}
	_, _ = fmt.Fprintln(e.stderr, priority+"rekey: "+onLine(strings.Join(strings.Fields(text), " ")))
	return status
}

// explain returns the text of err. For a problem with fields, the detail comes
// first. For a failure of the server, it adds the id of the request in the server's
// log.
func explain(err error) string {
	text := err.Error()
	var p *client.Problem
	if !errors.As(err, &p) {
		return text
	}
	if len(p.Errors) > 0 && p.Status != http.StatusUnprocessableEntity {
		text = strings.Replace(text, p.Error(), p.Detail+" "+p.Error(), 1)
	}
	if p.Status >= http.StatusInternalServerError && p.Instance != "" {
		text += " (request " + p.Instance + ")"
	}
	return text
}
