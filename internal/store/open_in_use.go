package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rekey"
	"rekey/internal/remedy"
)

// OpenInUse opens a database that a server may be using, to read it or for one
// small write. It takes no lock, makes no database and leaves file modes as they
// are. The caller must not run jobs or recover. A PostgreSQL is opened as usual.
//
// Errors: CodeNotFound if there is no such file; CodeConflict if it is not the file
// that was last used under that name; those of opened.
func OpenInUse(ctx context.Context, address string) (db *DB, err error) {
	if IsPostgres(address) {
		return OpenPostgres(ctx, address)
	}
	path, err := filepath.Abs(address)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	defer func() { err = opened(path, err) }()
	if message := remedy.ForAnother(path); message != "" {
		return nil, notThis(rekey.CodeConflict, message, nil)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &rekey.Error{Code: rekey.CodeNotFound, Message: "There is no database " + path + ".", Cause: err}
	}
	if err := checkMark(path); err != nil {
		return nil, err
	}
	return openSQLite(path, noLock{})
}

type noLock struct{}

// Close implements io.Closer.
func (noLock) Close() error { return nil }

// SchemaVersion implements backend.
func (s *sqlite) SchemaVersion(ctx context.Context) (current, known int64, err error) {
	provider, err := s.migrations()
	if err != nil {
		return 0, 0, err
	}
	if current, known, err = provider.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("schema version: %w", err)
	}
	return current, known, nil
}
