package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"rekey/internal/admin"
)

// syncEvery is how often what changed in the directories is imported.
const syncEvery = 5 * time.Minute

// keepSyncing imports from the directories until end is called. It stops the imports under
// way, also those by hand, and waits for them.
func (a *App) keepSyncing(ctx context.Context) (end func()) {
	if !a.Config.has(roleEngine) || len(a.directories.byName) == 0 {
		return a.Admin.EndImports
	}
	ctx, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() {
		ticker := time.NewTicker(syncEvery)
		defer ticker.Stop()
		for ctx.Err() == nil {
			a.SyncDirectories(ctx)
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}
	})
	return func() {
		stop()
		a.Admin.EndImports()
		ended.Wait()
	}
}

// SyncDirectories imports once from each directory, from all beside each other: one that
// says nothing delays no other. What fails is logged, and stored for the page of the
// directory.
func (a *App) SyncDirectories(ctx context.Context) {
	var importing sync.WaitGroup
	for name := range a.directories.byName {
		importing.Go(func() { a.syncDirectory(ctx, name) })
	}
	importing.Wait()
}

func (a *App) syncDirectory(ctx context.Context, name string) {
	counts, err := a.Admin.Sync(ctx, name, a.node, false, false)
	switch {
	case ctx.Err() != nil || errors.Is(err, admin.ErrImporting): // another node imports it
	case err != nil:
		a.log.ErrorContext(ctx, "a directory was not imported", "directory", name, "error", err)
	case counts.Looked > 0:
		a.log.InfoContext(ctx, "directory imported", "directory", name, "looked", counts.Looked, "created", counts.Created,
			"updated", counts.Updated, "blocked", counts.Blocked, "restored", counts.Restored, "missing", counts.Missing, "withheld", counts.Withheld)
	}
}
