package store

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"rekey"
)

// unwritable turns the error of a database that cannot be written into one that
// says so: its disk is full, broken or read-only. It returns any other error
// unchanged. The caller can try again later.
func unwritable(err error) error {
	var lite *sqlite3.Error
	var server *pgconn.PgError
	var why string
	switch {
	case errors.As(err, &lite):
		why = liteCannotWrite(lite.Code())
	case errors.As(err, &server):
		why = serverCannotWrite(server.Code)
	}
	if why == "" || rekey.CodeOf(err) != rekey.CodeInternal {
		return err
	}
	return &rekey.Error{Code: rekey.CodeUnavailable, Cause: err,
		Message: "Nothing can be stored at the moment: " + why + ". Please try again later, and tell the operator of this server."}
}

// liteCannotWrite says why SQLite cannot write, by the result code with its
// extension (https://sqlite.org/rescode.html).
func liteCannotWrite(code int) string {
	switch code & 0xff {
	case codes.SQLITE_FULL:
		return "the disk is full"
	case codes.SQLITE_READONLY, codes.SQLITE_PERM:
		return "the database is read-only"
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN:
		return "Rekey cannot write to the disk"
	}
	return ""
}

// serverCannotWrite says why PostgreSQL cannot write, by its error code
// (PostgreSQL, appendix A).
func serverCannotWrite(code string) string {
	switch {
	case code == "53100":
		return "the disk of the database is full"
	case code == "25006": // as after a fail-over to a standby
		return "the database is read-only"
	case strings.HasPrefix(code, "58"): // system errors, such as 58030, io_error
		return "the database cannot write to its disk"
	case code == "53200", code == "53000", code == "53400":
		return "the database has too little memory or room"
	}
	return ""
}

// probeSetting is the name of the setting that TryWriting writes.
const probeSetting = "written"

// TryWriting makes a small real write, and returns why that is impossible.
func (db *DB) TryWriting(ctx context.Context, value []byte) error {
	return db.Concurrent().Update(ctx, func(tx *Tx) error { return tx.PutSetting(ctx, probeSetting, value) })
}

// Records are the numbers of rows that grow with use.
type Records struct{ Users, Events, Runs, Deliveries int }

// CountRecords counts all of them, which takes a second for 10,000,000.
func (db *DB) CountRecords(ctx context.Context) (n Records, err error) {
	err = db.one(ctx, `SELECT (SELECT COUNT(*) FROM system_users), (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM runs),
		(SELECT COUNT(*) FROM deliveries)`, nil, &n.Users, &n.Events, &n.Runs, &n.Deliveries)
	return n, err
}

// Size is the size of the database on its disk, in bytes. With SQLite it is that of
// the file and its write-ahead log.
func (db *DB) Size(ctx context.Context) (size int64, err error) {
	if s, ok := db.backend.(*sqlite); ok {
		info, err := os.Stat(s.path())
		if err != nil {
			return 0, err
		}
		return info.Size() + s.log.length(), nil
	}
	err = db.one(ctx, `SELECT pg_database_size(current_database())`, nil, &size)
	return size, err
}
