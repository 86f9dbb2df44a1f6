package remedy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Each text says what is wrong with which file, and what to do.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		err  error
		want string
	}{
		{filepath.Join(dir, "none"), fs.ErrNotExist, "There is no file " + dir + "/none."},
		{filepath.Join(dir, "a", "b", "c"), fs.ErrNotExist, "There is no folder " + dir + "/a. Create it: install -d -m 700 -o " + me() + " " + dir + "/a/b"},
		{file, fs.ErrPermission, "is not readable and writable for " + me() + ": it belongs to " + me() + " and has mode 0600. Run: chmod u+rw " + file},
		{filepath.Join(dir, "none"), fs.ErrPermission, dir + " does not allow " + me() + " to create files"},
		{file, syscall.EROFS, "StateDirectory="},
		{file, syscall.ENOSPC, "There is no space left on the disk of " + file + ". Free some space; df -h " + dir},
		{dir, syscall.EISDIR, dir + " is a folder. Name a file."},
		{filepath.Join(file, "x"), syscall.ENOTDIR, "is not in a folder"},
		{file, &fs.PathError{Op: "read", Path: file, Err: errors.New("odd")}, file + " cannot be used: odd."},
	} {
		if got := File(c.path, fmt.Errorf("open: %w", c.err)); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q does not say %q", c.err, got, c.want)
		}
	}
}

// Only root can make what belongs to somebody else.
func TestWhoseFileItIs(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ForAnother(file); got != "" {
		t.Errorf("root's own file: %q", got)
	}
	if err := os.Chown(file, 54321, 54321); err != nil {
		t.Fatal(err)
	}
	if got := ForAnother(file); !strings.Contains(got, "belongs to 54321") || !strings.Contains(got, "sudo -u 54321 rekey") {
		t.Errorf("somebody else's file: %q", got)
	}
	if got := File(file, fs.ErrPermission); !strings.Contains(got, "As root, run: chown root "+file) {
		t.Errorf("without the right: %q", got)
	}
	if got := ForAnother(file + ".none"); got != "" {
		t.Errorf("no file: %q", got)
	}
}
