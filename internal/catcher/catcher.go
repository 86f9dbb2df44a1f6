package catcher

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"rekey/internal/mail"
	"rekey/internal/rig/peer"
)

const (
	maxMessages = 1000 // kept; older ones are dropped
	patience    = 30 * time.Second
)

// Config says how a Catcher starts.
type Config struct {
	// Clock sets the times of messages.
	Clock func() time.Time
	// Mailbox is the address of the page, on loopback. Default: 127.0.0.1:0, a
	// free port.
	Mailbox string
	// Logger gets failed requests; nil means none.
	Logger *slog.Logger
}

// Catcher is a mail server that keeps all messages.
type Catcher struct {
	now  func() time.Time
	http *http.Server
	mail *peer.Server
	page net.Addr // of the mailbox
	done sync.WaitGroup

	mu       sync.Mutex
	messages []Message
	last     int           // number of the latest message
	arrived  chan struct{} // closed when a message comes in, and replaced
}

// Start listens on loopback and serves until Close.
func Start(ctx context.Context, c Config) (*Catcher, error) {
	if c.Mailbox == "" {
		c.Mailbox = "127.0.0.1:0"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	var listen net.ListenConfig
	web, err := listen.Listen(ctx, "tcp", c.Mailbox)
	if err != nil {
		return nil, fmt.Errorf("listen for the mailbox page: %w", err)
	}
	if !loopback(web.Addr().String()) {
		_ = web.Close()
		return nil, fmt.Errorf("the mailbox page shows passwords: it listens on loopback only, not on %s", c.Mailbox)
	}
	k := &Catcher{now: c.Clock, page: web.Addr(), arrived: make(chan struct{})}
	if k.mail, err = peer.Listen(ctx, k.serve); err != nil {
		_ = web.Close()
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	k.http = &http.Server{Handler: k.Handler(), ReadTimeout: patience, WriteTimeout: patience,
		ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug)}
	k.done.Go(func() { _ = k.http.Serve(web) })
	return k, nil
}

// Close ends both listeners and all sessions.
func (k *Catcher) Close() error {
	err := k.http.Close()
	k.mail.Close()
	k.done.Wait()
	return err
}

// Addr is the address of the mail server, host:port.
func (k *Catcher) Addr() string { return k.mail.Addr() }

// URL is the address of the mailbox page.
func (k *Catcher) URL() string { return "http://" + k.page.String() + "/" }

// Messages returns the last 1,000 messages, the oldest first.
func (k *Catcher) Messages() []Message {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.messages)
}

// MessagesTo returns the messages to address, the oldest first.
func (k *Catcher) MessagesTo(address string) []Message {
	return slices.DeleteFunc(k.Messages(), func(m Message) bool { return !m.isTo(address) })
}

// Message returns the message with a number.
func (k *Catcher) Message(number int) (Message, bool) {
	for _, m := range k.Messages() {
		if m.Number == number {
			return m, true
		}
	}
	return Message{}, false
}

// WaitFor waits for the first message to address whose number is above after. Its
// error is ctx's.
func (k *Catcher) WaitFor(ctx context.Context, address string, after int) (Message, error) {
	for {
		k.mu.Lock()
		arrived := k.arrived
		k.mu.Unlock()
		for _, m := range k.MessagesTo(address) {
			if m.Number > after {
				return m, nil
			}
		}
		select {
		case <-ctx.Done():
			return Message{}, fmt.Errorf("no message to %s: %w", address, context.Cause(ctx))
		case <-arrived:
		}
	}
}

// add stores a message and wakes the callers of WaitFor.
func (k *Catcher) add(m Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last++
	m.Number, m.Received = k.last, k.now()
	if len(k.messages) == maxMessages {
		k.messages = slices.Delete(k.messages, 0, 1)
	}
	k.messages = append(k.messages, m)
	close(k.arrived)
	k.arrived = make(chan struct{})
}

func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return mail.IsLoopback(host)
}
