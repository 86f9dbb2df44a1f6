package app

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"

	"rekey"
	"rekey/internal/store"
)

// Free space, in bytes, below which the doctor warns, and below which the database
// may not be able to write.
const (
	littleSpace = 1 << 30
	noSpace     = 64 << 20
)

// folder is the folder of the database or, with PostgreSQL, of the keys.
func (c Config) folder() string {
	if store.IsPostgres(c.Database) {
		return filepath.Dir(c.Keys)
	}
	return filepath.Dir(c.Database)
}

// freeSpace is how many bytes a process without special rights can still write in
// a folder.
func freeSpace(folder string) (int64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail) * stat.Bsize, nil
}

func (d Doctor) disk(c Config) rekey.Finding {
	const check = "disk"
	folder := c.folder()
	free, err := freeSpace(folder)
	if err != nil {
		return finding(check, rekey.Ill, fmt.Sprintf("The free space of %s cannot be read: %v.", folder, err), "Check that the folder exists.")
	}
	found := fmt.Sprintf("%.1f GiB free in %s", float64(free)/(1<<30), folder)
	switch {
	case free < noSpace:
		return finding(check, rekey.Ill, found, "Free some space: the database cannot write.")
	case free < littleSpace:
		return finding(check, rekey.Doubtful, found, "Free some space, before the database can no longer write.")
	default:
		return finding(check, rekey.Well, found, "")
	}
}

// records says how much is on record. What is kept how long, the settings say.
func (d Doctor) records(ctx context.Context, db *store.DB) rekey.Finding {
	const check = "records"
	size, err := db.Size(ctx)
	if err != nil {
		return finding(check, rekey.Doubtful, "The size of the database cannot be read: "+rootCause(err), "")
	}
	counts, err := db.CountRecords(ctx)
	if err != nil {
		return finding(check, rekey.Doubtful, "The records cannot be counted: "+rootCause(err), "")
	}
	return finding(check, rekey.Well, fmt.Sprintf("%d MiB: system users %d, events %d, runs %d, deliveries %d", size>>20, counts.Users, counts.Events, counts.Runs, counts.Deliveries), "")
}
