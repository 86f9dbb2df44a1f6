package admin

import (
	"context"
	"maps"
	"slices"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/store"
)

// DirectoryView is a directory of the settings, with how far its import has come.
type DirectoryView struct {
	rekey.DirectoryState

	Kind      directory.Kind
	Addresses []string // of its servers
	Counts    rekey.DirectoryCounts
}

// Directories returns the directories of the settings, by name.
//
// Errors: CodeForbidden for Members.
func (s *Service) Directories(ctx context.Context, actor rekey.SystemUser) ([]DirectoryView, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	views := make([]DirectoryView, 0, len(s.directories))
	for _, name := range slices.Sorted(maps.Keys(s.directories)) {
		from := s.directories[name]
		view := DirectoryView{Kind: from.Kind(), Addresses: from.Addresses()}
		var err error
		if view.DirectoryState, err = s.store.Directory(ctx, name); err != nil {
			return nil, err
		}
		if view.Counts, err = s.store.CountDirectory(ctx, name); err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// DirectoryEntries returns a page of the entries of a directory that were not imported,
// or that are special, by key. reason narrows it; "" is any. Entries of people whom the
// actor may not view are left out.
//
// Errors: CodeForbidden for Members; CodeNotFound for an unknown directory.
func (s *Service) DirectoryEntries(ctx context.Context, actor rekey.SystemUser, name string, reason rekey.EntryReason, p Place) (Listed[rekey.DirectoryEntry], error) {
	var none Listed[rekey.DirectoryEntry]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	if _, ok := s.directories[name]; !ok {
		return none, errNoDirectory
	}
	key, back := p.After, p.Before != ""
	if back {
		key = p.Before
	}
	rank := actor.Authority().Rank
	found, err := s.store.EntriesWithReason(ctx, name, reason, rank, key, back, p.ask())
	if err != nil {
		return none, err
	}
	total, err := p.total(len(found), len(found) == p.ask(), func() (Total, error) { return totalOf(s.store.CountEntries(ctx, name, reason, rank)) })
	return listed(p, found, total, func(e rekey.DirectoryEntry) string { return e.Key }), err
}

// directory returns a directory that the actor may test or import: Managers and
// Administrators may. It costs the directory a search over all people.
func (s *Service) directory(actor rekey.SystemUser, name string) (Directory, error) {
	if actor.Authority().Rank < rekey.RankManager {
		return nil, errNotManager
	}
	from, ok := s.directories[name]
	if !ok {
		return nil, errNoDirectory
	}
	return from, nil
}

// TestDirectory asks all servers of a directory, finds out what Rekey's account may do
// there, and counts the accounts. It changes nothing. A server that does not answer is
// no error, but stands in the report.
//
// Errors: CodeForbidden below Manager; CodeNotFound for an unknown directory;
// CodeUnavailable if the test itself failed.
func (s *Service) TestDirectory(ctx context.Context, actor rekey.SystemUser, name string) (directory.Report, error) {
	from, err := s.directory(actor, name)
	if err != nil {
		return directory.Report{}, err
	}
	report, err := from.Test(ctx)
	if err != nil {
		err = failedAt(name, err)
	}
	return report, err
}

// ImportDirectory is Sync by hand, and does not wait after a complete pass that failed. It
// goes on if ctx ends before: then the state of the directory says what became of it. It
// ends with EndImports.
//
// Errors: CodeForbidden below Manager; CodeNotFound for an unknown directory;
// CodeConflict while it is being imported, or if too many people are missing;
// CodeUnavailable if the directory does not answer, or if ctx or the server ended.
func (s *Service) ImportDirectory(ctx context.Context, actor rekey.SystemUser, name string, full, dry bool) (rekey.SyncCounts, error) {
	if _, err := s.directory(actor, name); err != nil {
		return rekey.SyncCounts{}, err
	}
	type result struct {
		counts rekey.SyncCounts
		err    error
	}
	done := make(chan result, 1)
	go func() {
		// Each import by hand has a claim of its own, also against this node's.
		counts, err := s.sync(context.WithoutCancel(ctx), &syncing{name: name, node: s.newID(), full: full, dry: dry, byHand: true})
		done <- result{counts, err}
	}()
	select {
	case r := <-done:
		if r.err != nil && rekey.CodeOf(r.err) == rekey.CodeInternal {
			r.err = failedAt(name, r.err)
		}
		return r.counts, r.err
	case <-ctx.Done():
		return rekey.SyncCounts{}, rekey.NewError(rekey.CodeUnavailable, "The import takes long, and goes on. The list of directories says when it has ended.")
	}
}

func failedAt(name string, cause error) error {
	return &rekey.Error{Code: rekey.CodeUnavailable, Message: "The directory " + name + " did not do what Rekey asked; the log of the server says why.", Cause: cause}
}

// ConfirmAddress ends the time during which no password goes to the new address of a
// user of a directory. version is the one that the actor saw, so that an address that
// changes at the same time is not confirmed unseen; 0 means any.
//
// Errors: CodeForbidden for all who do not rank above the user, and for the user;
// CodeConflict if no address waits; CodeStale.
func (s *Service) ConfirmAddress(ctx context.Context, actor rekey.SystemUser, userID string, version int64) (u rekey.SystemUser, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if u, err = changeable(ctx, tx.Queries, actor, userID, version, "confirm the address of %s"); err != nil {
			return err
		}
		now := s.now()
		if !now.Before(u.Directory.AddressHeldUntil) {
			return rekey.NewError(rekey.CodeConflict, "No new address of this system user waits to be confirmed.")
		}
		seen := u.Version
		u.Directory.AddressHeldUntil, u.UpdatedAt = time.Time{}, now
		u.Version++
		if err := tx.UpdateUser(ctx, u, seen, actor.ID); err != nil {
			return err
		}
		return s.noLongerHeld(ctx, tx, u)
	})
	return u, err
}

// noLongerHeld notes in the entry of a user that their address is confirmed.
func (s *Service) noLongerHeld(ctx context.Context, tx *store.Tx, u rekey.SystemUser) error {
	entries, err := tx.DirectoryEntries(ctx, u.Directory.Directory, []string{u.Directory.Key})
	if err != nil {
		return err
	}
	e, found := entries[u.Directory.Key]
	if !found || e.Reason != rekey.EntryAddressChanged && e.Reason != rekey.EntryNoWayIn {
		return nil
	}
	if e.Reason = ""; u.Directory.Protected {
		e.Reason = rekey.EntryProtected
	}
	return tx.PutDirectoryEntries(ctx, u.Directory.Directory, []rekey.DirectoryEntry{e})
}
