package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"rekey/client"
)

// events posts events that match nothing from many clients at once, each on a
// connection of its own and each waiting for its answer before the next. It
// measures how many are accepted and what that costs. One that waits in a commit
// with others is durable when it is answered, like all.
func (b *bench) events(ctx context.Context, r readings) (err error) {
	s, err := b.serve(ctx, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if err := setUp(ctx, s, send); err != nil {
		return err
	}
	posters := make([]*poster, b.clients)
	for i := range posters {
		if posters[i], err = s.newPoster(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, posters[i].conn.Close()) }()
	}
	warm, err := postFor(posters, "warm-up", b.window/6)
	if err != nil {
		return err
	}
	w, err := b.watch(ctx, "events", s, func() (int64, time.Duration, error) {
		start := time.Now()
		accepted, err := postFor(posters, "event", b.window)
		return accepted, time.Since(start), err
	})
	if err != nil {
		return err
	}
	w.note(r, "events")
	return kept(ctx, s, warm+w.count)
}

// postFor has all post for a time.
func postFor(posters []*poster, id string, window time.Duration) (accepted int64, err error) {
	var total atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, len(posters))
	end := time.Now().Add(window)
	for i, p := range posters {
		body, err := event(fmt.Sprintf("%s %03d %09d", id, i, 0), otherName)
		if err != nil {
			return 0, err
		}
		number := body[bytes.Index(body, []byte("000000000")):][:9]
		wait.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				copy(number, fmt.Sprintf("%09d", n))
				if errs[i] = p.post(body); errs[i] != nil {
					return
				}
				total.Add(1)
			}
		})
	}
	wait.Wait()
	return total.Load(), errors.Join(errs...)
}

// kept counts what is on record: all that was accepted has to be there.
func kept(ctx context.Context, r *server, want int64) error {
	c := r.asAdmin()
	got := int64(0)
	for e, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Event], error) {
		return c.Events(ctx, client.EventQuery{Type: "external", Paging: p})
	}) {
		if err != nil {
			return err
		}
		if e.Name == otherName {
			got++
		}
	}
	if got != want {
		return fmt.Errorf("%d events were accepted and %d are on record", want, got)
	}
	return nil
}
