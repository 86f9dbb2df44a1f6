package app

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	// beatEvery is the time between two heartbeats of a node.
	beatEvery = 3 * time.Second
	// silence is the time without a heartbeat after which a node counts as ended.
	silence = 15 * time.Second
)

// nodeName returns a unique name for this process: the host's name and random
// characters.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	host = strings.ReplaceAll(host, "/", "-")
	return host[:min(len(host), 60)] + "-" + uuid.NewString()[:13]
}

// heart sends the heartbeats of this node and takes over the work of ended nodes.
type heart struct {
	*App
	stop    context.CancelFunc
	stopped chan struct{}
}

// beat starts the heartbeats; leave ends them.
func (a *App) beat(ctx context.Context) *heart {
	ctx, stop := context.WithCancel(ctx)
	h := &heart{App: a, stop: stop, stopped: make(chan struct{})}
	if a.DB.Postgres() == nil || !a.Config.has(roleEngine) {
		close(h.stopped)
		return h
	}
	go h.run(ctx)
	return h
}

// run looks for ended nodes only after its own heartbeats succeeded for the time of
// silence: after an outage of the database all nodes look ended.
func (h *heart) run(ctx context.Context) {
	defer close(h.stopped)
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	var since time.Time // the first of the heartbeats that succeeded without a break
	for {
		asked := time.Now()
		switch err := h.DB.Beat(ctx, h.node); {
		case ctx.Err() != nil:
			return
		case err == nil && time.Since(asked) > beatEvery: // the other nodes' may be late, too
			since = time.Time{}
		case err != nil:
			h.log.ErrorContext(ctx, "the heartbeat of this node failed", "error", err)
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > silence:
			h.rescue(ctx)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (h *heart) rescue(ctx context.Context) {
	silent, err := h.DB.Rescue(ctx, silence)
	if err != nil {
		h.log.ErrorContext(ctx, "the work of silent nodes was not taken over", "error", err)
	}
	for _, node := range silent {
		h.log.WarnContext(ctx, "a node is silent; its work is taken over", "node", node)
	}
}

// leave ends the heartbeats. With done, it removes the node from the list;
// otherwise other nodes take over its work after the time of silence.
func (h *heart) leave(ctx context.Context, done bool) error {
	h.stop()
	<-h.stopped
	if !done {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	return h.DB.Leave(ctx, h.node)
}
