package app

import (
	"context"
	"log/slog"
	"time"
)

// depth counts what waits in the queue, for the metrics.
func (a *App) depth() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	depth, err := a.DB.Depth(ctx)
	if err != nil {
		a.log.Warn("the queue could not be counted", "error", err)
	}
	return depth
}

// figure is a number for the metrics.
type figure struct {
	log  *slog.Logger
	what string // its name in the log
	ask  func(ctx context.Context) (int64, error)
}

// value returns the number, or -1 after an error or two seconds.
func (f figure) value() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, err := f.ask(ctx)
	if err != nil {
		f.log.Warn("a figure for the metrics could not be read", "what", f.what, "error", err)
		return -1
	}
	return float64(n)
}

func (a *App) freeSpace(context.Context) (int64, error) { return freeSpace(a.Config.folder()) }

// paused is 1 while sending is paused.
func (a *App) paused(ctx context.Context) (int64, error) {
	p, err := a.DB.Pause(ctx)
	if err != nil || !p.On() {
		return 0, err
	}
	return 1, nil
}

// runsHeld counts the held runs by reason, for the metrics.
func (a *App) runsHeld() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	held, err := a.DB.HeldByReason(ctx)
	if err != nil {
		a.log.Warn("runs that are held could not be counted", "error", err)
	}
	return held
}
