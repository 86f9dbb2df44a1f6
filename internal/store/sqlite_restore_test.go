package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
)

// backedUp returns a database with three people, their mailed passwords and a
// backup of it.
func backedUp(t *testing.T) (f *fixture, path, backup string, people []rekey.SystemUser) {
	t.Helper()
	on := onSQLite(t)
	f, path = on.fixture, on.path()
	f.ok(f.NewMark(f.ctx))
	for range 3 {
		u := f.user()
		f.chooses(u, "", "chosen before by "+u.ID, noon)
		people = append(people, f.stored(u))
	}
	backup = filepath.Join(t.TempDir(), "backup.db")
	held, err := f.BackupTo(f.ctx, backup)
	f.ok(err)
	if held.Users != 3 {
		t.Errorf("the backup holds %+v", held)
	}
	return f, path, backup, people
}

func restore(t *testing.T, path, backup string) Restored {
	t.Helper()
	done, err := Restore(t.Context(), Restoring{Path: path, From: backup, Now: noon.Add(48 * time.Hour), Check: func(context.Context, *DB) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// Whatever happens between a backup and its restore: who could come in before the
// restore with what, and who was kept out, is the same after it.
func TestRestoreRevivesNothingAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f, path, backup, people := backedUp(t)
		for range rapid.IntRange(1, 8).Draw(r, "things that happen") {
			u := f.stored(people[rapid.IntRange(0, len(people)-1).Draw(r, "to whom")])
			now := noon.Add(time.Hour)
			switch rapid.SampledFrom([]string{"block", "restore", "revoke", "choose", "mail", "address", "role"}).Draw(r, "what") {
			case "block":
				f.write(func(tx *Tx) error {
					u.Status = rekey.UserBlocked
					return tx.UpdateUser(f.ctx, u, u.Version, "")
				})
			case "restore":
				f.write(func(tx *Tx) error {
					u.Status = rekey.UserActive
					return tx.UpdateUser(f.ctx, u, u.Version, "")
				})
			case "revoke":
				f.write(func(tx *Tx) error { return tx.Revoke(f.ctx, map[string]string{u.ID: ""}, now) })
			case "choose":
				f.chooses(u, "", "chosen since "+f.id(), now)
			case "mail":
				f.sent(u, now)
			case "address":
				f.write(func(tx *Tx) error {
					u.Address = f.id() + "@example.org"
					u.AddressKey = rekey.AddressKey(u.Address)
					return tx.UpdateUser(f.ctx, u, u.Version, "")
				})
			case "role":
				f.write(func(tx *Tx) error {
					u.Role = rapid.SampledFrom([]rekey.Role{rekey.RoleMember, rekey.RoleOperator}).Draw(r, "role")
					return tx.UpdateUser(f.ctx, u, u.Version, "")
				})
			}
		}
		type standing struct {
			address, chosen string
			status          rekey.UserStatus
			role            rekey.Role
			version         int64 // of the password: what was under way before a change counts for nothing
			mailed          []string
		}
		standings := func(f *fixture) (all []standing) {
			for _, p := range people {
				u, c := f.stored(p), f.credential(p)
				s := standing{u.Address, c.Chosen, u.Status, u.Role, u.PasswordVersion, nil}
				for _, d := range c.Live(noon.Add(2 * time.Hour)) {
					s.mailed = append(s.mailed, d.Verifier)
				}
				slices.Sort(s.mailed)
				all = append(all, s)
			}
			return all
		}
		before := standings(f)
		f.ok(f.Close())
		done := restore(t, path, backup)
		if done.Lost != "" {
			r.Fatalf("nothing was carried over: %s", done.Lost)
		}
		db := reopen(t, path)
		again := &fixture{DB: db, t: t, ctx: t.Context()}
		defer func() { again.ok(db.Close()) }()
		for i, after := range standings(again) {
			b := before[i]
			if after.address != b.address || after.chosen != b.chosen || after.status != b.status || after.role != b.role || after.version != b.version || !slices.Equal(after.mailed, b.mailed) {
				r.Fatalf("before %+v, after %+v", b, after)
			}
		}
		if p, err := db.Pause(t.Context()); err != nil || !p.On() {
			r.Fatalf("not paused: %v", err)
		}
	})
}

// A restore onto a database that was moved would be of no effect, or revive it.
func TestDatabaseThatWasMovedIsNotRestored(t *testing.T) {
	t.Parallel()
	f, path, backup, people := backedUp(t)
	f.chooses(f.stored(people[0]), "", "chosen since", noon.Add(time.Hour))
	f.write(func(tx *Tx) error {
		return tx.PutSetting(f.ctx, movedSetting, []byte(`{"to": "postgres://db.example.org/rekey", "at": 0}`))
	})
	f.ok(f.Close())
	_, err := Restore(t.Context(), Restoring{Path: path, From: backup, Now: noon.Add(48 * time.Hour), Check: func(context.Context, *DB) error { return nil }})
	if rekey.CodeOf(err) != rekey.CodeConflict || !strings.Contains(err.Error(), "postgres://db.example.org/rekey") {
		t.Errorf("got %v", err)
	}
	again := &fixture{DB: reopen(t, path), t: t, ctx: t.Context()}
	defer func() { again.ok(again.Close()) }()
	if c := again.credential(people[0]); c.Chosen != "chosen since" {
		t.Errorf("the database was replaced: %q", c.Chosen)
	}
}

func TestRestoreBlocksWhoWasDeletedAndLeavesOutWhoIsNew(t *testing.T) {
	t.Parallel()
	f, path, backup, people := backedUp(t)
	f.write(func(tx *Tx) error { return tx.DeleteUser(f.ctx, people[0].ID, "", noon) })
	fresh := f.user(func(u *rekey.SystemUser) { // takes the address over
		u.Address = people[0].Address
		u.AddressKey = people[0].AddressKey
	})
	f.ok(f.Close())
	done := restore(t, path, backup)
	if done.New != 1 || done.Deleted != 1 {
		t.Errorf("%+v", done.Merged)
	}
	again := &fixture{DB: reopen(t, path), t: t, ctx: t.Context()}
	if u := again.stored(people[0]); u.Status != rekey.UserBlocked || u.AddressKey == people[0].AddressKey {
		t.Errorf("who was deleted is %s as %s", u.Status, u.Address)
	}
	if _, err := again.User(t.Context(), fresh.ID); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("who is newer than the backup is there: %v", err)
	}
}

func TestFileThatWasCopiedInPlaceIsRefusedAndCarriesNothingOver(t *testing.T) {
	t.Parallel()
	f, path, backup, people := backedUp(t)
	d := f.issued(people[1], noon)
	f.ok(f.NewMark(f.ctx))
	second := filepath.Join(t.TempDir(), "second.db")
	_, err := f.BackupTo(f.ctx, second)
	f.ok(err)
	f.ok(f.Close())
	content, err := os.ReadFile(backup)
	f.ok(err)
	f.ok(os.WriteFile(path, content, 0o600))

	_, err = OpenSQLite(path)
	wantCode(t, err, rekey.CodeConflict)
	_, err = OpenInUse(t.Context(), path)
	wantCode(t, err, rekey.CodeConflict)

	done := restore(t, path, second)
	if !strings.Contains(done.Lost, "copied in its place") || done.Doubtful != 1 {
		t.Errorf("%q, %+v", done.Lost, done.Merged)
	}
	again := &fixture{DB: reopen(t, path), t: t, ctx: t.Context()}
	if got := again.delivery(d.ID); got.State != rekey.DeliveryCancelled || got.Reason != rekey.ReasonRestored || got.Sealed != nil || !got.Live(noon.Add(time.Hour)) {
		t.Errorf("what may have been mailed is %s (%s), its password live: %v", got.State, got.Reason, got.Live(noon.Add(time.Hour)))
	}
	if at, err := again.RestoredBlindly(t.Context()); err != nil || at.IsZero() {
		t.Errorf("it is not known that something is missing: %v", err)
	}
}

func TestRestoreEndsSessionsAndLetsNoTokenInUntilItIsConfirmed(t *testing.T) {
	t.Parallel()
	f, path, _, people := backedUp(t)
	u, later := people[0], noon.Add(time.Hour)
	kept := rekey.Token{ID: f.id(), UserID: u.ID, Name: "kept", CreatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour)}
	ended := rekey.Token{ID: f.id(), UserID: u.ID, Name: "ended", CreatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour)}
	f.write(func(tx *Tx) error {
		return errors.Join(tx.InsertToken(f.ctx, kept, []byte("kept")), tx.InsertToken(f.ctx, ended, []byte("ended")),
			tx.PutSession(f.ctx, "session", u.ID, []byte("1"), noon, noon.Add(24*time.Hour)))
	})
	backup := filepath.Join(t.TempDir(), "second.db")
	_, err := f.BackupTo(f.ctx, backup)
	f.ok(err)
	f.write(func(tx *Tx) error { return tx.DeleteToken(f.ctx, ended.ID) })
	f.ok(f.Close())
	if done := restore(t, path, backup); done.Tokens != 1 {
		t.Errorf("%d tokens rest, want 1", done.Tokens)
	}
	again := &fixture{DB: reopen(t, path), t: t, ctx: t.Context()}
	tokens, err := again.TokensOf(t.Context(), u.ID)
	again.ok(err)
	if len(tokens) != 1 || tokens[0].ID != kept.ID || !tokens[0].Resting {
		t.Errorf("tokens are %+v", tokens)
	}
	_, _, _, err = again.TokenUser(t.Context(), []byte("kept"), later)
	wantCode(t, err, rekey.CodeNotFound)
	var sessions int
	again.ok(again.one(t.Context(), `SELECT COUNT(*) FROM sessions`, nil, &sessions))
	if sessions != 0 {
		t.Errorf("%d sessions go on", sessions)
	}
	again.write(func(tx *Tx) error { return tx.ConfirmToken(t.Context(), kept.ID) })
	_, _, _, err = again.TokenUser(t.Context(), []byte("kept"), later)
	again.ok(err)
}

func TestRestoredDatabaseKnowsThatADirectoryWasImportedBefore(t *testing.T) {
	t.Parallel()
	f, path, backup, _ := backedUp(t)
	f.write(func(tx *Tx) error {
		if _, err := tx.ClaimDirectory(f.ctx, "staff", "node", noon, noon); err != nil {
			return err
		}
		return tx.PutDirectory(f.ctx, rekey.DirectoryState{Name: "staff", Cookie: "7", Pass: 3, FullAt: noon, SyncedAt: noon, GroupsAt: noon, TriedAt: noon}, "node")
	})
	f.ok(f.Close())
	restore(t, path, backup)
	again := &fixture{DB: reopen(t, path), t: t, ctx: t.Context()}
	state, err := again.Directory(t.Context(), "staff")
	again.ok(err)
	if want := (rekey.DirectoryState{Name: "staff", Pass: 3, SyncedAt: noon}); state != want {
		t.Errorf("the import is at %+v, want %+v", state, want)
	}
}

// Root restores, and the server runs as a user of its own.
func TestRestoreLeavesEachFileToTheOwnerOfTheDatabase(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	f, path, backup, _ := backedUp(t)
	f.ok(f.Close())
	const server = 12345
	f.ok(os.Chown(path, server, server))
	restore(t, path, backup)
	for _, file := range []string{path, path + ".lock", markPath(path)} {
		info, err := os.Stat(file)
		f.ok(err)
		if now, err := ownerOf(file); err != nil || now != (owner{server, server}) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s belongs to %+v and has mode %o (%v)", file, now, info.Mode().Perm(), err)
		}
	}
}

func TestRestoreKnowsWhatToDoWithEachTable(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	known := slices.Concat(restoredTables, recordTables, userTables, endedTables)
	f.ok(f.each(f.ctx, `SELECT name FROM sqlite_schema WHERE type = 'table'`, nil, func(r rows) error {
		var name string
		err := r.Scan(&name)
		if !foreign(name) && !slices.Contains(known, name) {
			t.Errorf("what becomes of %s in a restore?", name)
		}
		return err
	}))
}

func TestRestoreKnowsWhatToDoWithEachColumnOfASystemUser(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	known := append([]string{
		// As in the backup.
		"first_name", "last_name", "search", "language", "time_zone", "attributes", "created_at", "updated_at",
		// The merge makes a new one of both.
		"version",
		// The same in both.
		"id", "directory", "directory_key",
	}, securityColumns...)
	var there []string
	f.ok(f.each(f.ctx, `SELECT name FROM pragma_table_info('system_users')`, nil, func(r rows) error {
		var name string
		err := r.Scan(&name)
		there = append(there, name)
		return err
	}))
	slices.Sort(known)
	slices.Sort(there)
	if !slices.Equal(known, there) {
		t.Errorf("the columns are %v; it is known what a restore does with %v", there, known)
	}
}
