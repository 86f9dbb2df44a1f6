package store

import (
	"errors"
	"io/fs"
	"os"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"rekey"
	"rekey/internal/remedy"
)

// opened turns the error of opening or first using a file of SQLite into one that
// says what to do.
//
// Errors: CodeInvalid, naming the field database, if somebody has to put
// something right; CodeUnavailable where it may work later; any *rekey.Error as
// it is.
func opened(path string, err error) error {
	if err == nil || rekey.CodeOf(err) != rekey.CodeInternal {
		return err
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		path = at.Path // one of the files beside it
	}
	message, code := remedy.File(path, err), rekey.CodeInvalid
	if remedy.Passing(err) {
		code = rekey.CodeUnavailable
	}
	var failed *sqlite3.Error
	if errors.As(err, &failed) {
		code = rekey.CodeInvalid
		switch failed.Code() & 0xff { // extended codes have the primary one in their last byte
		case codes.SQLITE_FULL:
			message, code = remedy.Full(path), rekey.CodeUnavailable
		case codes.SQLITE_NOTADB:
			message = path + " is no database of SQLite. Name the right file, or restore it."
		case codes.SQLITE_CORRUPT:
			message = path + " is damaged. Restore it from a backup."
		case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
			message = remedy.File(unusable(path), os.ErrPermission)
		case codes.SQLITE_IOERR:
			message, code = path+" cannot be read or written: "+failed.Error()+". Check the disk, and whether there is room on it.", rekey.CodeUnavailable
		default:
			return err
		}
	}
	return notThis(code, message, err)
}

// notThis is the error of a database that cannot be used, under the setting that
// names it.
func notThis(code rekey.Code, message string, cause error) error {
	return &rekey.Error{Code: code, Message: message, Cause: cause, Fields: []rekey.FieldError{{Field: "database", Message: message}}}
}

// unusable is the first of the files of a database that this process may not
// write to: SQLite does not say which.
func unusable(path string) string {
	for _, each := range []string{path, path + "-wal", path + "-shm"} {
		file, err := os.OpenFile(each, os.O_RDWR, 0)
		if errors.Is(err, os.ErrPermission) {
			return each
		}
		if err == nil {
			_ = file.Close()
		}
	}
	return path
}
