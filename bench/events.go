package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"rekey/client"
)

// manyEvents posts events that match nothing from many clients at once, each on
// a connection of its own and each waiting for its answer before the next, and
// returns how many were accepted and what that has cost. One that waits in a
// commit with others is durable when it is answered, like all.
func (b *bench) manyEvents(ctx context.Context) (w watched, err error) {
	r, err := b.serve(ctx, 1)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	if err := setUp(ctx, r); err != nil {
		return w, err
	}
	posters := make([]*poster, b.clients)
	for i := range posters {
		if posters[i], err = r.poster(ctx); err != nil {
			return w, err
		}
		defer func() { err = errors.Join(err, posters[i].close()) }()
	}
	warm, err := postFor(posters, "warm-up", b.window/6)
	if err != nil {
		return w, err
	}
	w, err = b.watch(ctx, "events", r, func() (int64, time.Duration, error) {
		start := time.Now()
		accepted, err := postFor(posters, "event", b.window)
		return accepted, time.Since(start), err
	})
	if err != nil {
		return w, err
	}
	return w, kept(ctx, r, warm+w.count)
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
		number := numberIn(body)
		wait.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				write(number, n)
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

// numberIn is where a body has the nine digits of its number.
func numberIn(body []byte) []byte {
	for i := range body {
		if string(body[i:i+9]) == "000000000" {
			return body[i : i+9]
		}
	}
	return nil
}

func write(number []byte, n int) {
	for at := len(number) - 1; at >= 0; at-- {
		number[at] = '0' + byte(n%10)
		n /= 10
	}
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
