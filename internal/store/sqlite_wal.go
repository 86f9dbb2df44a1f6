package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"
)

const (
	// maxLog is the size of the write-ahead log, in bytes, above which it is
	// written into the database and cut off. SQLite does so itself only without
	// readers, which may never happen.
	maxLog = 16 << 20
	// waitForReaders is how long this may delay writing.
	waitForReaders = 100 * time.Millisecond
	// waitForWriters is how long a statement waits for another process.
	waitForWriters = 10 * time.Second
)

// writeAheadLog is the file that SQLite writes to first. Only writeLoop uses it.
type writeAheadLog struct {
	path  string
	limit int64         // of its length, in bytes
	wait  time.Duration // for readers
	// tried is its length at the last failed attempt to cut it off.
	tried int64
}

// shorten cuts the log off if it is too long. While readers need it, shorten tries
// again each time the log has grown by the limit; commits do not wait meanwhile.
// Errors show in the next commit.
func (l *writeAheadLog) shorten(writer *sql.DB) {
	length := l.length()
	if length < l.tried { // SQLite has started it anew
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

// checkpoint writes the log into the database as far as no reader needs it. If no
// reader needs any of it, it cuts the log off.
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
