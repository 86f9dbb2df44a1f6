package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/engine"
)

// directories are those of the settings, by name, as the engine asks for them.
//
// One that lets the time of a call pass counts as silent for silentFor: the engine gets
// its answer at once then, without asking again. The page where people choose knows
// nothing of this and asks anew.
type directories struct {
	byName map[string]*directory.Directory
	log    *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	silent map[string]time.Time // when each was silent last
}

// silentFor is no longer than people wait for a directory that is down, so their next try
// asks again.
const silentFor = engine.DirectoryAgain

// openDirectories opens the directories of the settings. It does not connect.
func (a *App) openDirectories(context.Context, Options) error {
	a.directories = &directories{byName: map[string]*directory.Directory{}, log: a.log, now: a.now, silent: map[string]time.Time{}}
	for _, s := range a.Config.Directories {
		d, err := directory.Open(s, a.now)
		if err != nil {
			return err
		}
		a.directories.byName[s.Name] = d
	}
	return nil
}

// forEngine is nil without directories, so that the engine need not look.
func (d *directories) forEngine() engine.Directories {
	if len(d.byName) == 0 {
		return nil
	}
	return d
}

// Read implements engine.Directories. It reads all directories beside each other.
func (d *directories) Read(ctx context.Context, users []rekey.SystemUser) map[string]engine.LiveAccount {
	people := map[string][]rekey.SystemUser{}
	for _, u := range users {
		people[u.Directory.Directory] = append(people[u.Directory.Directory], u)
	}
	live := make(map[string]engine.LiveAccount, len(users))
	var mu sync.Mutex
	var reading sync.WaitGroup
	for name, some := range people {
		reading.Go(func() {
			read := d.readOne(ctx, name, some)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(live, read)
		})
	}
	reading.Wait()
	return live
}

// readOne reads the accounts of users of one directory.
func (d *directories) readOne(ctx context.Context, name string, users []rekey.SystemUser) map[string]engine.LiveAccount {
	live := make(map[string]engine.LiveAccount, len(users))
	keys := make([]directory.Key, len(users))
	for i, u := range users {
		live[u.ID] = engine.LiveAccount{Reason: rekey.ReasonDirectoryDown}
		keys[i] = directory.Key(u.Directory.Key)
	}
	from, ok := d.byName[name]
	if !ok {
		d.log.ErrorContext(ctx, "people wait for a directory that the settings do not have", "directory", name)
		return live
	}
	if d.isSilent(name) {
		return live
	}
	found, err := from.Read(ctx, keys)
	if err != nil {
		d.noteSilence(ctx, name)
		d.log.ErrorContext(ctx, "people wait for a directory that does not answer", "directory", name, "error", err)
		return live
	}
	for _, u := range users {
		live[u.ID] = engine.LiveAccount{Reason: rekey.ReasonDirectoryGone}
		if a, ok := found[directory.Key(u.Directory.Key)]; ok {
			live[u.ID] = engine.LiveAccount{Address: a.Address, Blocked: a.Blocked, API: a.API, Account: a.Onto(u.Directory)}
		}
	}
	return live
}

// isSilent reports whether a directory was silent lately.
func (d *directories) isSilent(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, was := d.silent[name]
	since := d.now().Sub(at)
	return was && 0 <= since && since < silentFor // a clock that was set back is no reason to wait
}

// noteSilence notes that a directory was silent, if a call to it ended because its time
// was over. One that refuses costs no time, so it may be asked again.
func (d *directories) noteSilence(ctx context.Context, name string) {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent[name] = d.now()
}

// Scramble implements engine.Directories.
func (d *directories) Scramble(ctx context.Context, u rekey.SystemUser, token string) (now string, doubtful bool, reason rekey.Reason) {
	name := u.Directory.Directory
	from, ok := d.byName[name]
	if !ok || d.isSilent(name) {
		return "", false, rekey.ReasonDirectoryDown
	}
	after, outcome := from.Scramble(ctx, directory.Key(u.Directory.Key), directory.Token(token))
	d.noteSilence(ctx, name)
	level := slog.LevelWarn
	if outcome.Result == directory.Set {
		level = slog.LevelInfo
	}
	d.log.Log(ctx, level, "a password in a directory was to be revoked", "directory", name, "user_id", u.ID,
		"result", outcome.Result, "refusal", outcome.Refusal, "cause", outcome.Cause)
	return string(after), outcome.Result == directory.Doubtful, reasonOf(outcome)
}

// reasonOf says why a password was not scrambled; "" if it was.
func reasonOf(o directory.Outcome) rekey.Reason {
	switch o.Result {
	case directory.Set:
		return ""
	case directory.Overtaken:
		return rekey.ReasonChangedThere
	case directory.Gone:
		return rekey.ReasonDirectoryGone
	case directory.Refused:
		return cmp.Or(refusedReasons[o.Refusal], rekey.ReasonDirectoryRefused)
	default:
		return rekey.ReasonDirectoryDown
	}
}

var refusedReasons = map[directory.Refusal]rekey.Reason{
	directory.IsBlocked:     rekey.ReasonBlocked,
	directory.IsProtected:   rekey.ReasonProtected,
	directory.LockedByAdmin: rekey.ReasonLockedThere,
	directory.NeedsOld:      rekey.ReasonNeedsOld,
	directory.TooYoung:      rekey.ReasonNoRevoke,
	directory.PolicyUnknown: rekey.ReasonNoRevoke,
	directory.ImportOnly:    rekey.ReasonImportOnly,
}

// named returns the directories as a package wants them.
func named[T any](byName map[string]*directory.Directory) map[string]T {
	all := make(map[string]T, len(byName))
	for name, d := range byName {
		all[name] = any(d).(T) //nolint:errcheck,forcetypeassert // each interface has methods of Directory only
	}
	return all
}
