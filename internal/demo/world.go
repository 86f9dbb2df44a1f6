package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"rekey/internal/app"
	"rekey/internal/catcher"
	"rekey/internal/directory/directorytest"
	"rekey/internal/visitor"
)

// world holds the servers and files of the demonstration.
type world struct {
	folder string
	mail   *catcher.Catcher
	app    *app.App
	stop   context.CancelFunc
	served chan error
	setup  chan string // the one-time address for the first administrator
	clock  func() time.Time

	people []*person
	there  *directorytest.Slapd // nil without a directory
}

// newWorld starts the servers on loopback, with a scratch folder.
func newWorld(ctx context.Context, o Options) (w *world, err error) {
	w = &world{served: make(chan error, 1), setup: make(chan string, 1), clock: o.Clock}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.folder, err = os.MkdirTemp("", "rekey-demo-"); err != nil {
		return w, fmt.Errorf("make a scratch folder: %w", err)
	}
	if w.mail, err = catcher.Start(ctx, catcher.Config{Clock: o.Clock, Mailbox: o.Mailbox, Logger: o.Logger}); err != nil {
		return w, err
	}
	mail := netip.MustParseAddrPort(w.mail.Addr())
	c := app.Config{
		Listen: o.Listen, Database: filepath.Join(w.folder, "rekey.db"),
		SystemName: "Rekey Demo", Contact: "the people who run this demo",
		SMTP: app.SMTP{Host: mail.Addr().String(), Port: int(mail.Port()), TLS: "plain", From: "rekey@example.org"},
		// An interrupted demonstration has nothing to lose.
		StopTimeout: 5 * time.Second,
	}
	if o.Directory {
		if err := w.startDirectory(ctx); err != nil {
			return w, err
		}
		c.Directories = app.Directories{w.there.Settings()}
	}
	c.Complete()
	if w.app, err = app.New(ctx, c, app.Options{Logger: o.Logger, Clock: o.Clock, Out: setupWriter(w.setup)}); err != nil {
		return w, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	go func() { w.served <- w.app.Run(running) }()
	return w, nil
}

// visitor returns a browser for the server.
func (w *world) visitor() *visitor.Visitor { return visitor.New(w.app.URL(), "") }

// close stops everything and removes the folder.
func (w *world) close() error {
	var errs []error
	if w.stop != nil {
		w.stop()
		if w.served != nil {
			errs = append(errs, <-w.served)
		}
	}
	if w.app != nil {
		errs = append(errs, w.app.Close())
	}
	if w.there != nil {
		errs = append(errs, w.there.Close())
	}
	if w.mail != nil {
		errs = append(errs, w.mail.Close())
	}
	if w.folder != "" {
		errs = append(errs, os.RemoveAll(w.folder))
	}
	return errors.Join(errs...)
}

// setupWriter receives the set-up address that the server prints.
type setupWriter chan string

var setupAddress = regexp.MustCompile(`http\S+/setup\?token=\S+`)

// Write implements io.Writer.
func (s setupWriter) Write(p []byte) (int, error) {
	if address := setupAddress.Find(p); address != nil {
		select {
		case s <- string(address):
		default:
		}
	}
	return len(p), nil
}
