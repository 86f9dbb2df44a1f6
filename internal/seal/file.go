package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxFile is larger than any key file: 1,000 rotations are 300 KiB.
const maxFile = 1 << 20

// mode says what happens to an existing file.
type mode int

const (
	createOnly mode = iota // an error
	replace                // it is replaced
)

func read(path string) (*keyring, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("seal: the key file %s is missing; restore the key file of this database (new keys cannot open what is stored): %w (%w)", path, ErrNoKeys, err)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	defer func() { _ = f.Close() }()
	// The check uses the open file, because the path could be exchanged meanwhile.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("seal: %s is not a regular file: %w", path, ErrBadFile)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("seal: %s can be read by other users (mode %04o); run: chmod 600 %s: %w", path, perm, path, ErrExposed)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("seal: reading %s: %w", path, err)
	}
	defer clear(data)
	if len(data) > maxFile {
		return nil, fmt.Errorf("seal: %s is larger than 1 MiB: %w", path, ErrBadFile)
	}
	ring, err := decodeKeyring(data)
	if err != nil {
		return nil, fmt.Errorf("seal: %s is not a valid key file (%w); restore it from its backup: %w", path, err, ErrBadFile)
	}
	return ring, nil
}

// write writes the keys to path. After a crash the file is the old one, the new one
// or absent, never partial.
func write(path string, ring *keyring, m mode) (err error) {
	data, err := ring.encode()
	if err != nil {
		return err
	}
	defer clear(data)
	directory := filepath.Dir(path)
	temporary, err := os.CreateTemp(directory, ".rekey-keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // after a rename it no longer exists
	_, err = temporary.Write(data)
	if err == nil {
		err = temporary.Sync()
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil && m == createOnly {
		err = os.Link(temporary.Name(), path) // unlike a rename, it fails if path exists
	} else if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err == nil {
		err = syncDirectory(directory)
	}
	if err != nil {
		return fmt.Errorf("seal: writing %s: %w", path, err)
	}
	return nil
}

func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// lock makes two rotations run one after another. Otherwise the slower one would
// overwrite the key of the faster. It locks the folder, because the file is
// replaced. The lock ends with the process at the latest.
func lock(path string) (unlock func(), err error) {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	for {
		err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = d.Close()
		return nil, fmt.Errorf("seal: locking %s: %w", filepath.Dir(path), err)
	}
	return func() { _ = d.Close() }, nil
}
