package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"
)

const (
	// maxLog is how long the write-ahead log may become, in bytes, before it is
	// written into the database and cut off. SQLite does so by itself only in
	// a moment without readers, which may never come.
	maxLog = 16 << 20
	// waitForReaders is how long that may hold up writing.
	waitForReaders = 100 * time.Millisecond
	// waitForWriters is how long a statement waits for another process.
	waitForWriters = 10 * time.Second
)

// writeAheadLog is the file that SQLite writes to first. It belongs to the loop
// that writes.
type writeAheadLog struct {
	path  string
	limit int64         // of its length, in bytes
	wait  time.Duration // for readers
	// tried is its length when it could not be cut off the last time.
	tried int64
}

// shorten cuts the log off if it has become too long. While readers need it,
// it is tried again each time it has grown by as much again; meanwhile no
// commit waits. What goes wrong here shows in the next commit.
func (l *writeAheadLog) shorten(writer *sql.DB) {
	length := l.length()
	if length < l.tried { // SQLite has begun it anew
		l.tried = 0
	}
	if length < l.tried+l.limit {
		return
	}
	if err := checkpoint(writer, l.wait); err != nil {
		return
	}
	if l.tried = l.length(); l.tried < l.limit {
		l.tried = 0
	}
}

// length returns the bytes of the log, 0 if there is none.
func (l *writeAheadLog) length() int64 {
	info, err := os.Stat(l.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func busyTimeout(d time.Duration) string {
	return fmt.Sprintf("PRAGMA busy_timeout(%d)", d.Milliseconds())
}

// checkpoint writes the log into the database as far as no reader needs it, and
// cuts it off if none does.
func checkpoint(writer *sql.DB, wait time.Duration) error {
	ctx := context.Background() // no caller waits for it
	conn, err := writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, busyTimeout(wait)); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if _, back := conn.ExecContext(ctx, busyTimeout(waitForWriters)); back != nil {
		return back
	}
	return err
}
