package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// betweenSingles is the longest pause between events of one person: the whole
// way of one is over, the server idle, and no two are in step with any poll.
const betweenSingles = 25 * time.Millisecond

// latency posts events of one person each, one after the other, each when the one
// before is long done, and measures how long after each post the sink had taken
// the message.
func (b *bench) latency(ctx context.Context, r readings) (err error) {
	s, err := b.warm(ctx, warmUp+b.singles)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	var all []time.Duration
	_, err = b.watch(ctx, "latency", s, func() (int64, time.Duration, error) {
		start := time.Now()
		for n := range b.singles {
			took, err := b.single(ctx, s, warmUp+n)
			if err != nil {
				return 0, 0, err
			}
			all = append(all, took)
		}
		return int64(len(all)), time.Since(start), nil
	})
	if err != nil {
		return err
	}
	r.note("latency", all)
	return b.ended(ctx, s)
}

// single waits for a moment, posts an event of the n-th person alone and returns
// how long after the post the sink had taken the message.
func (b *bench) single(ctx context.Context, s *server, n int) (time.Duration, error) {
	select {
	case <-time.After(betweenSingles/2 + rand.N(betweenSingles/2)): //nolint:gosec // only to be out of step
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return b.mailTo(ctx, s, fmt.Sprintf("single %d", n), n, 1)
}
