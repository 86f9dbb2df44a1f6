package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"rekey/internal/visitor"
)

// Options say how the demonstration runs.
type Options struct {
	// Out gets the story.
	Out io.Writer
	// Listen is the address of the server, and Mailbox that of the page with the
	// caught messages. Default for both: a free port on 127.0.0.1.
	Listen, Mailbox string
	// Directory tells the story with people of a directory, in a slapd of the
	// demonstration's own.
	Directory bool
	// Exit ends after the story; otherwise the server goes on until ctx ends.
	Exit bool
	// Colour uses the colours of a terminal.
	Colour bool
	// Logger is the server's; default: none.
	Logger *slog.Logger
	Clock  func() time.Time
	// Before is called before each step with its title. If it returns an error, the
	// step fails with it. It is for tests.
	Before func(title string) error
}

// stepTime limits a step.
const stepTime = 60 * time.Second

// Run tells the story. Its error names the step that failed.
func Run(ctx context.Context, o Options) (err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	s := &story{Options: o, paint: paint{o.Out, o.Colour}}
	s.title("Rekey", "an event arrives, the right people get a new password by mail")
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.tell(ctx); err != nil {
		return err
	}
	s.summary()
	if o.Exit {
		return nil
	}
	s.signpost()
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.world.served:
		s.world.served = nil
		return fmt.Errorf("the server has ended: %w", err)
	}
}

// story is a running demonstration.
type story struct {
	Options
	paint

	world *world
	count int // of the steps so far
	began time.Time

	named  []named           // whom the event names
	hero   string            // the address of the person who chooses a password
	next   string            // the address of another whom the reader may try
	event  string            // our id of the event
	reader *visitor.Visitor  // the browser of the hero
	mailed map[string]string // mailed passwords by address
	old    string            // the password of the hero before the change
	chosen bool              // everybody in the story has chosen a password
}

// take does one step of the story and prints the result.
func (s *story) take(ctx context.Context, next step) error {
	s.count++
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	start := s.Clock()
	var lines []string
	var err error
	if s.Before != nil {
		err = s.Before(next.title)
	}
	if err == nil {
		lines, err = next.do(ctx)
	}
	s.mark(err == nil, s.count, next.title, s.Clock().Sub(start), lines)
	if err != nil {
		return fmt.Errorf("step %d, %s: %w", s.count, next.title, err)
	}
	return nil
}

// close stops everything.
func (s *story) close() error {
	if s.world == nil {
		return nil
	}
	return s.world.close()
}
