package store

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rekey"
	"rekey/internal/pgtest"
)

// What a PostgreSQL that answers refuses stays refused until somebody puts it
// right, and the error says what that is, without the password.
func TestAPostgreSQLThatLetsNobodyInSaysWhatToDo(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*url.URL){
		"does not accept the password of user ":                 func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "hunter2") },
		"has no database nowhere. Create it: createdb --owner ": func(u *url.URL) { u.Path = "/nowhere" },
		"offers no TLS, but sslmode in the address asks for it": func(u *url.URL) { u.RawQuery = "sslmode=require" },
	} {
		wrong := *address
		spoil(&wrong)
		_, err := OpenPostgres(t.Context(), wrong.String())
		wantCode(t, err, rekey.CodeInvalid)
		password, _ := wrong.User.Password()
		if err == nil || !strings.HasPrefix(err.Error(), "database: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), password) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A file that somebody has to put right is told apart from a disk on which room
// may be made.
func TestAFileThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "letter"), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		folder:                                  " is a folder. Name a file in it, such as ",
		filepath.Join(folder, "letter"):         "letter is not a SQLite database. ",
		filepath.Join(folder, "none", "new.db"): "There is no folder " + folder + "/none. Create it: ",
		filepath.Join(folder, "letter", "x.db"): "is not in a folder",
	} {
		_, err := OpenSQLite(path)
		wantCode(t, err, rekey.CodeInvalid)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the folder was closed: %v, %v", info.Mode(), err)
	}
	full := opened("/data/rekey.db", errors.Join(errors.New("migrate"), &os.PathError{Op: "write", Path: "/data/rekey.db", Err: syscall.ENOSPC}))
	wantCode(t, full, rekey.CodeUnavailable)
	if !strings.Contains(full.Error(), "There is no space left on the disk of /data/rekey.db. Free some space") {
		t.Errorf("got %v", full)
	}
}
