package mail

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// checkAfter is the idle time after which a connection is checked with NOOP
	// before use.
	checkAfter = 5 * time.Second
	// checkTimeout limits that check: if the network loses packets, a message must
	// not wait for a whole CommandTimeout.
	checkTimeout = 5 * time.Second
	// fewerFor is how long the pool opens no more connections than the server
	// accepted, after it refused one while others were open.
	fewerFor = time.Minute
)

// errClosed is returned after Close.
var errClosed = errors.New("mail: the mailer is closed")

// pool keeps connections open. A user of a connection holds a slot; there are as
// many slots as connections are allowed.
type pool struct {
	settings *settings
	connect  func(context.Context) (*conn, error)
	failed   func(error)     // called if dial fails after its caller has gone
	life     context.Context //nolint:containedctx // for connections that are being opened; ends with close
	endLife  context.CancelFunc
	opening  sync.WaitGroup
	slots    chan struct{}
	freed    chan struct{} // a token whenever a connection is put back or closed

	mu         sync.Mutex
	idle       []*conn // the last used is at the end
	open       int     // connections, including those that are being opened
	ready      int     // connections in use or idle
	fewer      int     // the limit of open until fewerUntil
	fewerUntil time.Time
	reaper     *time.Timer
	closed     bool
	leaving    sync.WaitGroup // connections that send QUIT
	closeOnce  sync.Once
}

func newPool(s *settings, connect func(context.Context) (*conn, error), failed func(error)) *pool {
	life, endLife := context.WithCancel(context.Background())
	return &pool{settings: s, connect: connect, failed: failed, life: life, endLife: endLife,
		slots: make(chan struct{}, s.Connections), freed: make(chan struct{}, s.Connections)}
}

// enter takes a slot; leave gives it back.
func (p *pool) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		<-p.slots
		return errClosed
	}
	return nil
}

func (p *pool) leave() { <-p.slots }

// get returns an idle connection, or a new one; fresh asks for a new one. If the
// server refuses another connection while others are open, it is not down: get then
// waits for one of those.
func (p *pool) get(ctx context.Context, fresh bool) (*conn, error) {
	var failed error
	for {
		if c := p.takeIdle(fresh); c != nil {
			if c.alive(ctx) {
				return c, nil
			}
			p.discard(c)
			continue
		}
		if failed == nil && p.reserve() {
			c, err := p.dial(ctx)
			if err == nil || ctx.Err() != nil {
				return c, err
			}
			failed = err
		}
		ready, opening := p.others()
		switch {
		case ready > 0:
			failed = nil // the server only refuses more connections
		case opening == 0 && failed != nil:
			p.wake() // another waiting get must return the error, too
			return nil, failed
		}
		if fresh {
			fresh = false // take an idle one instead
			continue
		}
		select {
		case <-p.freed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// dial opens a reserved connection. A server may take minutes for its greeting: if
// ctx ends before, the connection goes to the pool.
func (p *pool) dial(ctx context.Context) (*conn, error) {
	type opened struct {
		conn *conn
		err  error
	}
	done := make(chan opened)
	p.opening.Go(func() {
		c, err := p.connect(p.life) //nolint:contextcheck // it lives longer than the call
		p.connected(err == nil)
		select {
		case done <- opened{c, err}:
			return
		case <-ctx.Done():
		}
		switch {
		case err == nil:
			p.put(c)
		case p.life.Err() == nil:
			p.failed(err)
			p.wake()
		}
	})
	select {
	case o := <-done:
		return o.conn, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) takeIdle(fresh bool) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fresh || len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	c := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	return c
}

// reserve counts a connection that is about to be opened.
func (p *pool) reserve() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open >= cap(p.slots) || p.open > 0 && p.open >= p.fewer && time.Now().Before(p.fewerUntil) {
		return false
	}
	p.open++
	return true
}

// connected turns a reservation into a connection, or cancels it.
func (p *pool) connected(ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ok {
		p.ready++
		return
	}
	p.open--
	if p.ready > 0 {
		p.fewer, p.fewerUntil = p.ready, time.Now().Add(fewerFor)
	}
}

// others returns how many connections are ready, and how many are being opened.
func (p *pool) others() (ready, opening int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready, p.open - p.ready
}

// put keeps a connection for the next message.
func (p *pool) put(c *conn) {
	c.reused, c.idleSince = true, time.Now()
	p.mu.Lock()
	p.idle = append(p.idle, c)
	if p.reaper == nil && !p.closed {
		p.reaper = time.AfterFunc(p.settings.Idle, p.reap)
	}
	p.mu.Unlock()
	p.wake()
}

// discard closes a connection and frees its place.
func (p *pool) discard(c *conn) {
	_ = c.net.Close()
	p.mu.Lock()
	p.open--
	p.ready--
	p.mu.Unlock()
	p.wake()
}

// wake makes one waiting get check the pool again. If the channel is full, enough
// tokens wait already.
func (p *pool) wake() {
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

// reap closes connections that were idle for too long.
func (p *pool) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reaper = nil
	if p.closed {
		return
	}
	now := time.Now()
	old := 0
	for old < len(p.idle) && now.Sub(p.idle[old].idleSince) >= p.settings.Idle {
		p.goodbye(p.idle[old])
		old++
	}
	p.idle = append([]*conn(nil), p.idle[old:]...)
	if len(p.idle) > 0 {
		p.reaper = time.AfterFunc(p.settings.Idle-now.Sub(p.idle[0].idleSince), p.reap)
	}
}

// goodbye sends QUIT in the background and closes the connection. The caller holds
// mu.
func (p *pool) goodbye(c *conn) {
	p.open--
	p.ready--
	p.leaving.Go(c.quit)
}

// close waits until all slots are free and ends all connections.
func (p *pool) close() {
	p.closeOnce.Do(func() {
		p.mu.Lock()
		p.closed = true
		if p.reaper != nil {
			p.reaper.Stop()
		}
		p.mu.Unlock()
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
		p.endLife()
		p.opening.Wait()
		p.mu.Lock()
		for _, c := range p.idle {
			p.goodbye(c)
		}
		p.idle = nil
		p.mu.Unlock()
		for range cap(p.slots) {
			<-p.slots
		}
	})
	p.leaving.Wait()
}

func (p *pool) counts() (open, busy int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open, p.open - len(p.idle)
}

// alive reports whether an idle connection still answers. It does not check one that
// was used within checkAfter.
func (c *conn) alive(ctx context.Context) bool {
	if time.Since(c.idleSince) < checkAfter {
		return true
	}
	if c.allow(ctx, checkTimeout) != nil {
		return false
	}
	if _, err := c.net.Write([]byte("NOOP\r\n")); err != nil {
		return false
	}
	r, err := readReply(c.in)
	return err == nil && r.positive() && !r.broken
}
