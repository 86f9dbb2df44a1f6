package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"rekey/internal/app"
)

type serveCommand struct {
	settings

	PrintConfig bool `help:"Print the settings in use, with secrets hidden, and end."`
}

// Help implements kong.HelpProvider.
func (serveCommand) Help() string {
	return `The first start on an empty database prints a one-time address that sets up the first Administrator. Under systemd it is not printed, because others can read the journal: use rekey admin recover. SIGINT and SIGTERM stop gracefully, a second one stops at once. SIGHUP reads the keys again.

The password of the mail account comes from REKEY_SMTP_PASSWORD or --smtp-password-file, since everybody on the machine can see flags.`
}

// Run implements the command.
func (s *serveCommand) Run(ctx context.Context, e *env, command *kong.Context) (err error) {
	c, err := s.complete(e, command)
	if err != nil {
		return err
	}
	if s.PrintConfig {
		return errors.Join(c.Print(e.stdout), c.Validate())
	}
	if err := c.Validate(); err != nil {
		return err
	}
	log := logger(c, e)
	if limit := app.LimitMemory(e.getenv, os.DirFS("/")); limit > 0 {
		log.DebugContext(ctx, "memory is limited by the cgroup", "bytes", limit)
	}
	options := e.server
	options.Logger, options.Out, options.Ready = log, e.private(), func() { e.notify(ctx, "READY=1") }
	server, err := app.New(ctx, c, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	stop := onHangup(func() {
		if err := server.ReloadKeys(ctx); err != nil {
			log.ErrorContext(ctx, "keys were not reloaded; the old ones are still used", "error", err)
			return
		}
		log.InfoContext(ctx, "keys reloaded")
	})
	defer stop()
	_, _ = fmt.Fprintln(e.stdout, "Rekey serves "+server.URL())
	return server.Run(ctx)
}

// private returns the writer for secrets of the operator. It is nil if the output may
// go to the system's journal, which others can read. systemd sets JOURNAL_STREAM then,
// see systemd.exec(5).
func (e env) private() io.Writer {
	if e.getenv("JOURNAL_STREAM") != "" {
		return nil
	}
	return e.stdout
}

// onHangup calls f on each SIGHUP until stop is called.
func onHangup(f func()) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangup:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(done)
	}
}
