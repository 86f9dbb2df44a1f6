package store

import (
	"bytes"
	"database/sql"
	"testing"
)

// grow writes so many KiB and returns how long the log was at most.
func (f onFile) grow(kibibytes int) (longest int64) {
	f.t.Helper()
	for i := range kibibytes / 64 {
		content := bytes.Repeat([]byte{byte(i)}, 64<<10)
		f.write(func(tx *Tx) error { return tx.PutSetting(f.ctx, "big", content) })
		longest = max(longest, f.log.length())
	}
	return longest
}

// By itself SQLite begins its log anew from 4 MiB on.
func TestTheLogIsCutOffWhenItHasBecomeTooLong(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.log.limit = 1 << 20
	if longest := f.grow(3 << 10); longest > 1<<20+256<<10 {
		t.Errorf("the log grew to %d KiB", longest>>10)
	}
	var timeout int64
	f.ok(f.writer.db.QueryRowContext(f.ctx, "PRAGMA busy_timeout").Scan(&timeout))
	same(t, timeout, waitForWriters.Milliseconds())
}

// Readers keep the log from being cut off, and nobody from writing; then it is
// not tried at every commit, and again once it has grown or begun anew.
func TestReadersThatOverlapDoNotKeepTheLogLong(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.log.wait = 0
	read := func() *sql.Tx {
		tx, err := f.reader.db.BeginTx(f.ctx, nil)
		f.ok(err)
		var n int
		f.ok(tx.QueryRowContext(f.ctx, `SELECT COUNT(*) FROM settings`).Scan(&n))
		return tx
	}
	log := writeAheadLog{path: f.log.path, limit: 1 << 20}
	reading := read()
	for range 2 {
		f.grow(1<<10 + 256)
		next := read()
		f.ok(reading.Rollback())
		reading = next
		log.shorten(f.writer.db)
		same(t, log.tried, log.length())
		f.grow(256)
		tried := log.tried
		log.shorten(f.writer.db)
		same(t, log.tried, tried)
	}
	f.ok(reading.Rollback())
	f.grow(1 << 10)
	log.shorten(f.writer.db)
	same(t, log.length(), 0)
	log.tried = 1 << 30
	f.grow(1<<10 + 256)
	log.shorten(f.writer.db)
	same(t, log.length(), 0)
}
