package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"rekey"
	"rekey/internal/remedy"
)

// opened turns an error of opening or first using a SQLite file into one that says
// what to do.
//
// Errors: CodeInvalid, naming the field database, if a person must correct
// something; CodeUnavailable if it may work later; any *rekey.Error unchanged.
func opened(path string, err error) error {
	if err == nil || rekey.CodeOf(err) != rekey.CodeInternal {
		return err
	}
	if failed, ok := errors.AsType[*sqlite3.Error](err); ok {
		return said(path, failed, err)
	}
	var at *fs.PathError
	if !errors.As(err, &at) {
		return err
	}
	if remedy.Passing(err) {
		return notThis(rekey.CodeUnavailable, remedy.File(at.Path, err), err)
	}
	return notThis(rekey.CodeInvalid, remedy.File(at.Path, err), err)
}

// said is opened for SQLite's own errors.
func said(path string, failed *sqlite3.Error, err error) error {
	switch failed.Code() & 0xff { // extended codes have the primary one in their last byte
	case codes.SQLITE_FULL:
		return notThis(rekey.CodeUnavailable, remedy.Full(path), err)
	case codes.SQLITE_NOTADB:
		return notThis(rekey.CodeInvalid, path+" is not a SQLite database. Name the right file, or restore it.", err)
	case codes.SQLITE_CORRUPT:
		return notThis(rekey.CodeInvalid, path+" is damaged. Restore it from a backup.", err)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM, codes.SQLITE_IOERR:
		if file := unusable(path); file != "" {
			return notThis(rekey.CodeInvalid, remedy.File(file, os.ErrPermission), err)
		}
		return notThis(rekey.CodeUnavailable, path+" cannot be read or written: "+failed.Error()+
			". Check the disk, the room on it (df -h "+filepath.Dir(path)+"), and the rights of the folder.", err)
	default:
		return err
	}
}

// notThis is the error for a database that cannot be used. It names the setting
// database.
func notThis(code rekey.Code, message string, cause error) error {
	return &rekey.Error{Code: code, Message: message, Cause: cause, Fields: []rekey.FieldError{{Field: "database", Message: message}}}
}

// unusable is the first database file that this process may not write to, or "".
// SQLite does not say which one it is.
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
	return ""
}
