// Package remedy says what an operator can do about a file that cannot be used.
package remedy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"rekey"
)

// File says why a file or folder cannot be used, and what to do, in one or two
// sentences. err is the error of the failed call.
func File(path string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing(path)
	case errors.Is(err, syscall.EROFS):
		return path + " is on a read-only file system. Choose another folder; with systemd, a unit can write only below its StateDirectory= and ReadWritePaths=."
	case errors.Is(err, fs.ErrPermission):
		return forbidden(path)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return Full(path)
	case errors.Is(err, syscall.EISDIR):
		return path + " is a folder. Name a file."
	case errors.Is(err, syscall.ENOTDIR):
		return path + " is not in a folder. Name a file in a folder."
	default:
		return fmt.Sprintf("%s cannot be used: %v.", path, reason(err))
	}
}

// Readable returns nil if a file can be read, or if path is "". Otherwise its error, a
// *rekey.Error, names the field and says what to do.
func Readable(field, path string) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err == nil {
		_, err = file.Read(make([]byte, 1)) // a folder can be opened, and not be read
		_ = file.Close()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return rekey.Invalid(field, path+" cannot be read. "+File(path, err))
	}
	return nil
}

// Full says that the disk of a file is full.
func Full(path string) string {
	return "There is no space left on the disk of " + path + ". Free some space; df -h " + filepath.Dir(path) + " shows how much is free."
}

// Passing reports whether an error may end without a change of settings or rights,
// because room is made on the disk.
func Passing(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// missing names the first folder of a path that does not exist.
func missing(path string) string {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return "There is no file " + path + "."
	}
	for parent := filepath.Dir(folder); parent != folder; folder, parent = parent, filepath.Dir(parent) {
		if _, err := os.Stat(parent); err == nil {
			break
		}
	}
	return fmt.Sprintf("There is no folder %s. Create it: install -d -m 700 -o %s %s", folder, me(), filepath.Dir(path))
}

// forbidden names the first folder of a path that this user may not enter or, if
// there is none, the file or folder that this user may not use.
func forbidden(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	for _, folder := range above(path) {
		if syscall.Access(folder, executable) != nil {
			return owned(folder, "does not allow "+me()+" to enter", "u+x")
		}
	}
	if _, err := os.Stat(path); err == nil {
		return owned(path, "is not readable and writable for "+me(), "u+rw")
	}
	return owned(filepath.Dir(path), "does not allow "+me()+" to create files", "u+rwx")
}

// executable is X_OK of access(2): for a folder, the right to enter it.
const executable = 1

// above lists the parent folders of a path, the root first.
func above(path string) []string {
	var folders []string
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		folders = append([]string{folder}, folders...)
		if folder == filepath.Dir(folder) {
			return folders
		}
	}
}

// owned says who owns a file, and the command that gives this user access.
func owned(path, what, mode string) string {
	info, err := os.Stat(path)
	if err != nil {
		return path + " " + what + "."
	}
	owner := "somebody else"
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = nameOf(stat.Uid)
	}
	text := fmt.Sprintf("%s %s: it belongs to %s and has mode %04o.", path, what, owner, info.Mode().Perm())
	if owner == me() {
		return text + " Run: chmod " + mode + " " + path
	}
	return text + " As root, run: chown " + me() + " " + path
}

// ForAnother returns a message if this runs as root and a file belongs to another
// user, who could not open new files of root. Otherwise it returns "".
func ForAnother(path string) string {
	if os.Geteuid() != 0 {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return ""
	}
	owner := nameOf(stat.Uid)
	return fmt.Sprintf("%s belongs to %s, but this runs as root: %s could not open files that root creates there. Run it as that user: sudo -u %s rekey …", path, owner, owner, owner)
}

func me() string { return nameOf(uint32(os.Geteuid())) }

func nameOf(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// reason returns the text of err without the path that os and io/fs add.
func reason(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return strings.TrimSuffix(err.Error(), ".")
}
