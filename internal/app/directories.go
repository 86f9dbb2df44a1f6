package app

import (
	"cmp"
	"context"
	"log/slog"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/engine"
)

// directories are those of the settings, by name, as the engine asks for them.
type directories struct {
	byName map[string]*directory.Directory
	log    *slog.Logger
}

// openDirectories opens the directories of the settings. It does not connect.
func (a *App) openDirectories(context.Context, Options) error {
	a.directories = directories{map[string]*directory.Directory{}, a.log}
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
func (d directories) forEngine() engine.Directories {
	if len(d.byName) == 0 {
		return nil
	}
	return d
}

// Read implements engine.Directories.
func (d directories) Read(ctx context.Context, users []rekey.SystemUser) map[string]engine.LiveAccount {
	live := make(map[string]engine.LiveAccount, len(users))
	keys := map[string][]directory.Key{}
	for _, u := range users {
		live[u.ID] = engine.LiveAccount{Reason: rekey.ReasonDirectoryDown}
		keys[u.Directory.Directory] = append(keys[u.Directory.Directory], directory.Key(u.Directory.Key))
	}
	for name, wanted := range keys {
		from, ok := d.byName[name]
		if !ok {
			d.log.ErrorContext(ctx, "people wait for a directory that the settings do not have", "directory", name)
			continue
		}
		found, err := from.Read(ctx, wanted)
		if err != nil {
			d.log.ErrorContext(ctx, "people wait for a directory that does not answer", "directory", name, "error", err)
			continue
		}
		for _, u := range users {
			if u.Directory.Directory != name {
				continue
			}
			live[u.ID] = engine.LiveAccount{Reason: rekey.ReasonDirectoryGone}
			if a, ok := found[directory.Key(u.Directory.Key)]; ok {
				live[u.ID] = engine.LiveAccount{Address: a.Address, Blocked: a.Blocked, API: a.API, Account: a.Onto(u.Directory)}
			}
		}
	}
	return live
}

// Scramble implements engine.Directories.
func (d directories) Scramble(ctx context.Context, u rekey.SystemUser, token string) (now string, reason rekey.Reason) {
	from, ok := d.byName[u.Directory.Directory]
	if !ok {
		return "", rekey.ReasonDirectoryDown
	}
	after, outcome := from.Scramble(ctx, directory.Key(u.Directory.Key), directory.Token(token))
	level := slog.LevelWarn
	if outcome.Result == directory.Set {
		level = slog.LevelInfo
	}
	d.log.Log(ctx, level, "a password in a directory was to be revoked", "directory", u.Directory.Directory, "user_id", u.ID,
		"result", outcome.Result, "refusal", outcome.Refusal, "cause", outcome.Cause)
	return string(after), reasonOf(outcome)
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
