package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"

	"rekey/internal/access"
	"rekey/internal/app"
	"rekey/internal/engine"
	"rekey/internal/password"
)

// Node is a server that runs in a process of its own.
type Node struct {
	// Config must hold no secrets: they do not reach the process. The files that it names
	// do.
	Config app.Config
	// Log is a file that the log is appended to; temporary files go into the folder tmp
	// beside it. "" is the standard error of this process.
	Log string
	// Clock is the file of a Clock; "" is the clock of the machine.
	Clock string

	// These are as in app.Options.

	Lease  time.Duration
	Argon2 password.Params
	Limits access.Limits

	// The node kills itself when it reaches Step for the Nth time; "" means never.
	Step engine.Step
	Nth  int64
}

// nodeVariable is the environment variable with the Node that a process has to run.
const nodeVariable = "RIG_NODE"

// Start starts the node. The program is a file that calls Main; "" is this one.
// The address of the process is the URL of the server.
func (n Node) Start(program string) (*Process, error) {
	n.Config.Complete() // an empty list is not the default one, as no list is
	text, err := yaml.Marshal(n)
	if err != nil {
		return nil, err
	}
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	command := exec.Command(program) //nolint:noctx // the program is ours; the process ends when it is told to
	command.Env, command.Stderr = append(os.Environ(), nodeVariable+"="+string(text)), os.Stderr
	if n.Log != "" {
		scratch := filepath.Join(filepath.Dir(n.Log), "tmp")
		if err := os.MkdirAll(scratch, 0o700); err != nil {
			return nil, err
		}
		log, err := os.OpenFile(n.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer func() { _ = log.Close() }() // the process has its own
		command.Env, command.Stderr = append(command.Env, "TMPDIR="+scratch), log
	}
	return Start(command)
}

// Main runs the node that Start started this process for, and exits. In any other
// process it returns at once. Programs that start nodes call it first; tests call it
// in TestMain. For services see Announce.
func Main(services ...any) {
	text, is := os.LookupEnv(nodeVariable)
	if !is {
		return
	}
	status := 0
	if err := serve(text, services); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status) //nolint:revive // the process is nothing but the node
}

// serve is the whole life of a node.
func serve(text string, services []any) error {
	var n Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var level slog.Level
	_ = level.UnmarshalText([]byte(n.Config.LogLevel)) // "" leaves it at info
	var reached atomic.Int64
	options := app.Options{
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
		Lease:  n.Lease, Argon2: n.Argon2, Limits: n.Limits,
		Steps: func(s engine.Step) {
			if s == n.Step && reached.Add(1) == n.Nth {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // wait for the kill
			}
		},
	}
	if n.Clock != "" {
		own, right := follow(n.Clock)
		options.Clock, options.QueueClock = own, own
		if strings.HasPrefix(n.Config.Database, "postgres:") {
			options.QueueClock = right // the clock of the database, not of the node
		}
	}
	if err := n.Config.ReadSecrets(os.Getenv); err != nil {
		return err
	}
	a, err := app.New(ctx, n.Config, options)
	if err != nil {
		return err
	}
	if err = Announce(a.URL(), services...); err == nil {
		err = a.Run(ctx)
	}
	return errors.Join(err, a.Close())
}

// Mail returns the settings for a mail server without TLS at host:port.
func Mail(address string) (app.SMTP, error) {
	at, err := netip.ParseAddrPort(address)
	return app.SMTP{Host: at.Addr().String(), Port: int(at.Port()), TLS: "plain", From: "rekey@example.org"}, err
}
