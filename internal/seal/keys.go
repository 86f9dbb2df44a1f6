package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
)

// Errors that callers tell apart. Each comes wrapped in a text that tells the
// operator which file it is and what to do.
var (
	// ErrNoKeys: there is no key file.
	ErrNoKeys = errors.New("no key file")
	// ErrExposed: the key file can be read or written by others.
	ErrExposed = errors.New("key file is accessible to others")
	// ErrBadFile: the key file cannot be understood.
	ErrBadFile = errors.New("key file is damaged")
	// ErrKeyMissing: a stored value names a key that the key file lacks.
	ErrKeyMissing = errors.New("key is missing")
	// ErrSealBroken: a sealed value was changed, or belongs to another row.
	ErrSealBroken = errors.New("sealed value does not open")
)

// Keys are the keys of one file. They are safe for concurrent use. Use Open or
// Create, not the zero value.
type Keys struct {
	path    string
	current atomic.Pointer[keyring]
	// reload makes goroutines that miss the same key read the file once.
	reload sync.Mutex
}

// Open reads the keys at path.
//
// Errors: ErrNoKeys, ErrExposed, ErrBadFile, and those of the file system.
func Open(path string) (*Keys, error) {
	ring, err := read(path)
	if err != nil {
		return nil, err
	}
	k := &Keys{path: path}
	k.current.Store(ring)
	return k, nil
}

// Create makes new keys, writes them to path and opens them. It never
// overwrites: if there is a file, the error wraps fs.ErrExist. Call it only
// for a database that has never had keys.
func Create(path string) (*Keys, error) {
	ring, err := newKeyring()
	if err != nil {
		return nil, err
	}
	if err := write(path, ring, createOnly); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("seal: %s exists already and is kept as it is: %w", path, fs.ErrExist)
		}
		return nil, err
	}
	return Open(path)
}

// Rotate adds a new primary key to both keysets at path. The old keys still open
// and verify. A running server uses its old keys until Reload. Rotations at the
// same time run one after another.
//
// Errors: as of Open.
func Rotate(path string) error {
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	ring, err := read(path)
	if err != nil {
		return err
	}
	rotated, err := ring.rotated()
	if err != nil {
		return err
	}
	return write(path, rotated, replace)
}

// Reload reads the file again and uses its keys at once, in all goroutines. On
// error the keys stay as they were. It refuses a file that lacks a key in use with
// ErrKeyMissing, because stored values may need that key.
func (k *Keys) Reload() error {
	k.reload.Lock()
	defer k.reload.Unlock()
	return k.reloadLocked()
}

func (k *Keys) reloadLocked() error {
	ring, err := read(k.path)
	if err != nil {
		return err
	}
	for _, id := range k.current.Load().keyIDs() {
		if !ring.has(id.ID) {
			return fmt.Errorf("seal: %s lacks key %s, which is in use; the keys stay as they were: %w", k.path, id.ID, ErrKeyMissing)
		}
	}
	k.current.Store(ring)
	return nil
}

// ringWith returns a keyring with the key. If the key is missing, it reads the file
// once more, because another process may have rotated the keys.
func (k *Keys) ringWith(id string) (*keyring, error) {
	if ring := k.current.Load(); ring.has(id) {
		return ring, nil
	}
	k.reload.Lock()
	defer k.reload.Unlock()
	if ring := k.current.Load(); ring.has(id) {
		return ring, nil
	}
	if err := k.reloadLocked(); err != nil {
		return nil, fmt.Errorf("%w (reading the key file again: %w)", k.missing(id), err)
	}
	if ring := k.current.Load(); ring.has(id) {
		return ring, nil
	}
	return nil, k.missing(id)
}

func (k *Keys) missing(id string) error {
	return fmt.Errorf("seal: a stored value needs key %s, which %s does not have; restore the key file that belongs to this database: %w", id, k.path, ErrKeyMissing)
}

// Path returns where the keys were read from.
func (k *Keys) Path() string { return k.path }
