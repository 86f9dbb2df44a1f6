package app

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	// beatEvery is how often a node says that it is alive.
	beatEvery = 3 * time.Second
	// silence is after how long it is taken to have ended.
	silence = 15 * time.Second
)

// nodeName is the name of this process among those on the same database: the
// machine's, for people, and what makes it unlike any other.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	host = strings.ReplaceAll(host, "/", "-")
	return host[:min(len(host), 60)] + "-" + uuid.NewString()[:13]
}

// heart says that this node is alive and looks after the others.
type heart struct {
	*App
	stop    context.CancelFunc
	stopped chan struct{}
}

// beat begins to say that this node is alive, until it leaves.
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

// run looks for silent nodes only when it has been heard itself for as long as
// they may be silent: after an outage of the database all of them are.
func (h *heart) run(ctx context.Context) {
	defer close(h.stopped)
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	var since time.Time // when it was heard first without a break
	for {
		asked := time.Now()
		switch err := h.DB.Beat(ctx, h.node); {
		case ctx.Err() != nil:
			return
		case err == nil && time.Since(asked) > beatEvery: // so may the others' have
			since = time.Time{}
		case err != nil:
			h.log.ErrorContext(ctx, "this node could not say that it is alive", "error", err)
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

// leave says nothing any more. If nothing is left undone it takes the node off
// the list; otherwise its silence will tell the others.
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
