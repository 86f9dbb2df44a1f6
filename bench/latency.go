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

// singles posts events of one person each, one after the other, each when the
// one before is long done, and returns how long after each post the sink had
// taken the message.
func singles(ctx context.Context, o options, s *process) (all []time.Duration, err error) {
	r, err := serve(ctx, o, s, warmUp+o.singles)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	token, err := setUp(ctx, r)
	if err != nil {
		return nil, err
	}
	p, err := newPoster(ctx, r.ready.URL, token)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if _, err := mailTo(ctx, s, p, "warm-up", 0, warmUp); err != nil {
		return nil, fmt.Errorf("warm-up: %w", err)
	}
	_, err = watch(ctx, o, "latency", s, r, func() (int64, time.Duration, error) {
		start := time.Now()
		for n := range o.singles {
			select {
			case <-time.After(betweenSingles/2 + rand.N(betweenSingles/2)): //nolint:gosec // only to be out of step
			case <-ctx.Done():
				return 0, 0, ctx.Err()
			}
			took, err := mailTo(ctx, s, p, fmt.Sprintf("single %d", n), warmUp+n, 1)
			if err != nil {
				return 0, 0, err
			}
			all = append(all, took)
		}
		return int64(len(all)), time.Since(start), nil
	})
	if err != nil {
		return nil, err
	}
	return all, ended(ctx, r)
}
