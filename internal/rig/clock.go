package rig

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Clock sets the clock of a node, through a file that the node reads. It is safe
// for concurrent use.
type Clock struct {
	Path string

	mu   sync.Mutex
	most time.Duration
	set  int64
}

// Set sets the clock: right is how far the right time is ahead of the machine's
// clock, off how far the node's clock is ahead of the right time.
func (c *Clock) Set(right, off time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most = max(c.most, right+off)
	c.set++
	// The file is written and read in one piece.
	file, err := os.OpenFile(c.Path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(right)), uint64(right+off)), 0)
	return errors.Join(err, file.Close())
}

// Read returns how far ahead of the machine's the clock ever was, and how often
// it was set.
func (c *Clock) Read() (most time.Duration, set int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most, c.set
}

// lookEvery is the time within which a node sees that its clock was set.
const lookEvery = 10 * time.Millisecond

// follow returns the clock that a file sets, and a clock with the right time. Their
// times have no monotonic reading, so that a set clock has effect everywhere.
func follow(path string) (own, right func() time.Time) {
	var aheadRight, aheadOwn atomic.Int64
	look := func() {
		if b, err := os.ReadFile(path); err == nil && len(b) == 16 {
			aheadRight.Store(int64(binary.BigEndian.Uint64(b)))
			aheadOwn.Store(int64(binary.BigEndian.Uint64(b[8:])))
		}
	}
	look()
	go func() {
		for range time.NewTicker(lookEvery).C {
			look()
		}
	}()
	now := func(ahead *atomic.Int64) func() time.Time {
		return func() time.Time { return time.Now().UTC().Round(0).Add(time.Duration(ahead.Load())) }
	}
	return now(&aheadOwn), now(&aheadRight)
}
