package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"rekey"
)

// lockFile takes a lock that the system releases whenever the process ends.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the path is the operator's
	if err != nil {
		return nil, fmt.Errorf("database lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		_ = file.Close()
		return nil, rekey.NewError(rekey.CodeUnavailable, "Another process has this database open ("+path+"). Stop that process first, or use its API.")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database lock: %w", err), file.Close())
	}
	return file, nil
}
