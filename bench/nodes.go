package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// slowly is how long the sink takes for each message where nodes are compared.
// Every node has as many connections as it opens by default, 8: a node alone
// sends at most 8 messages in that time.
const slowly = 20 * time.Millisecond

// nodesCounts are how many nodes are compared.
var nodesCounts = []int{1, 2, 4}

// nodes measures the same run on different numbers of nodes.
func (b *bench) nodes(ctx context.Context, r readings) (err error) {
	for _, n := range nodesCounts {
		if r[nodesKey(n)], err = b.overNodes(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func nodesKey(n int) string { return fmt.Sprintf("nodes %d", n) }

// overNodes has a number of nodes on one database send one run to a sink that takes
// its time, and returns passwords a second. The first node takes the event; which
// node sends what is up to them.
func (b *bench) overNodes(ctx context.Context, nodes int) (rate float64, err error) {
	r, err := b.warm(ctx, warmUp+b.nodesUsers)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	for n := 1; n < nodes; n++ {
		other, err := b.serveOn(ctx, r.place)
		if err != nil {
			return 0, fmt.Errorf("node %d: %w", n+1, err)
		}
		defer func() { err = errors.Join(err, other.stop()) }()
	}
	if err := b.sink.Call(ctx, "Sink.Pace", slowly, nil); err != nil {
		return 0, err
	}
	took, err := b.mailTo(ctx, r, "run", warmUp, b.nodesUsers)
	if err = errors.Join(err, b.sink.Call(ctx, "Sink.Pace", time.Duration(0), nil)); err != nil {
		return 0, err
	}
	if err := b.ended(ctx, r); err != nil {
		return 0, err
	}
	t, err := b.takenOnce(ctx, b.nodesUsers)
	if err != nil {
		return 0, err
	}
	return float64(b.nodesUsers) / took.Seconds(), tryPasswords(ctx, r.url, t.Samples)
}
