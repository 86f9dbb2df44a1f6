package app

import (
	"context"
	"log/slog"
	"time"
)

// figureWait is how long a number for the metrics may take.
const figureWait = 2 * time.Second

// figures are numbers by name for the metrics.
type figures struct {
	log  *slog.Logger
	what string // their name in the log
	ask  func(ctx context.Context) (map[string]int, error)
}

// values returns the numbers, or none after an error or figureWait.
func (f figures) values() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), figureWait)
	defer cancel()
	found, err := f.ask(ctx)
	if err != nil {
		f.log.Warn("figures for the metrics could not be read", "what", f.what, "error", err)
	}
	return found
}

// figure is a number for the metrics.
type figure struct {
	log  *slog.Logger
	what string // its name in the log
	ask  func(ctx context.Context) (int64, error)
}

// value returns the number, or -1 after an error or figureWait.
func (f figure) value() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), figureWait)
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

// directoriesUp is 0 for each directory whose imports fail, else 1, by name.
func (a *App) directoriesUp(ctx context.Context) (map[string]int, error) {
	up := make(map[string]int, len(a.directories.byName))
	for name := range a.directories.byName {
		state, err := a.DB.Directory(ctx, name)
		if err != nil {
			return nil, err
		}
		if state.Problem == "" {
			up[name] = 1
		} else {
			up[name] = 0
		}
	}
	return up, nil
}
