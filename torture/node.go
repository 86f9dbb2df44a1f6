package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"rekey/internal/access"
	"rekey/internal/app"
	"rekey/internal/password"
)

// ordersVariable holds the orders of a process that is a node.
const ordersVariable = "REKEY_TORTURE_NODE"

// orders say how a node is to run.
type orders struct {
	Database string
	Keys     string
	Mail     string // host and port
	Clock    string // file with how far its clock is ahead
	Lease    time.Duration
}

// settings are those of a node.
func (o orders) settings() (app.Config, error) {
	host, port, err := net.SplitHostPort(o.Mail)
	if err != nil {
		return app.Config{}, err
	}
	number, err := strconv.Atoi(port)
	return app.Config{
		Listen: "127.0.0.1:0", Database: o.Database, Keys: o.Keys, StopTimeout: 20 * time.Second,
		Migrate: true,
		// The limits are shorter than those of the RFC, or the sink's mute
		// connections would keep all others waiting for most of the storm.
		SMTP: app.SMTP{Host: host, Port: number, TLS: "plain", From: "rekey@example.org", GreetingTimeout: 20 * time.Second,
			CommandTimeout: 30 * time.Second, DataTimeout: 30 * time.Second, BlockTimeout: 30 * time.Second, AnswerTimeout: time.Minute},
		TrustedProxies: []string{"127.0.0.0/8"}, // visitors come from addresses of their own
	}, err
}

// free lifts what keeps somebody from logging in again and again: that is
// promised otherwise, and tested elsewhere.
var free = access.Limits{Failures: 1e6, AccountFailures: 1e6, PerSecond: 1e6, Burst: 1e6, ResetsPerSource: 1e6}

// cheap is a cost of chosen passwords at which two cores can log in a hundred
// times a second.
var cheap = password.Params{Memory: 64, Time: 1, Threads: 1}

// serve is the whole life of a node; it returns its exit status.
func serve(ctx context.Context, text string) int {
	if err := serveUntilTold(ctx, text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveUntilTold(ctx context.Context, text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	// No node outlives whoever has started it.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
	c, err := o.settings()
	if err != nil {
		return err
	}
	own, right := follow(o.Clock)
	queues := own
	if strings.HasPrefix(o.Database, "postgres:") {
		queues = right // the server's clock, which is not the node's
	}
	a, err := app.New(ctx, c, app.Options{
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Clock: own, QueueClock: queues, Lease: o.Lease, Argon2: cheap, Limits: free,
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, a.URL()); err != nil {
		return errors.Join(err, a.Close())
	}
	return errors.Join(a.Run(ctx), a.Close())
}
