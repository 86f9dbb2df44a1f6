package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"rekey"
)

// giveToOwnerOf gives files to the owner of the file like or, if that does not
// exist, of its folder. A server that runs as its own user must be able to open
// files that root has made. It skips files that do not exist.
func giveToOwnerOf(like string, files ...string) error {
	owner, err := ownerOf(like)
	if err != nil {
		return err
	}
	for _, file := range files {
		now, err := ownerOf(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && now == owner {
			continue
		}
		if err == nil {
			err = os.Lchown(file, int(owner.uid), int(owner.gid))
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return &rekey.Error{Code: rekey.CodeForbidden, Cause: err, Message: fmt.Sprintf(
				"%s cannot be given to the user with the number %d, the owner of %s. Run this as that user, or as root.", file, owner.uid, like)}
		}
	}
	return nil
}

type owner struct{ uid, gid uint32 }

// ownerOf returns the owner of a file or, if it does not exist, of its folder.
func ownerOf(path string) (owner, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Lstat(filepath.Dir(path))
	}
	if err != nil {
		return owner{}, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owner{}, fmt.Errorf("the owner of %s cannot be read", path)
	}
	return owner{stat.Uid, stat.Gid}, nil
}
