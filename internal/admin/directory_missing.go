package admin

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/store"
)

// missing handles the people whom the complete pass did not see. Nothing happens to
// anybody if too many are missing: then the directory, the base or the filter is wrong.
func (p *syncing) missing(ctx context.Context) error {
	if p.dry {
		return p.countUnseen(ctx)
	}
	if err := p.store.Update(ctx, func(tx *store.Tx) error { return tx.AddMissingEntries(ctx, p.name, p.state.Pass) }); err != nil {
		return err
	}
	missing, people, err := p.store.CountMissing(ctx, p.name, p.state.Pass)
	if err != nil {
		return err
	}
	if p.Missing = missing; missing > missingFew && missing*100 > people*missingPercent {
		return rekey.NewError(rekey.CodeConflict, fmt.Sprintf(
			"%d of %d people are missing in the directory. Nobody was blocked, because this looks like a mistake: check its base, its filter and the rights of Rekey's account.", missing, people))
	}
	for after := ""; ; {
		entries, err := p.store.MissedEntries(ctx, p.name, p.state.Pass, after, syncPage)
		if err != nil || len(entries) == 0 {
			return err
		}
		after = entries[len(entries)-1].Key
		if err := p.missed(ctx, entries); err != nil {
			return err
		}
	}
}

// countUnseen counts the people whom a complete dry run did not see: it stores nothing,
// so it has all keys in memory, about 10 MiB for 100,000.
func (p *syncing) countUnseen(ctx context.Context) error {
	for after := ""; ; {
		entries, err := p.store.MissedEntries(ctx, p.name, math.MaxInt64, after, syncPage)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if after = e.Key; !p.seen[e.Key] && e.Reason != rekey.EntryMissing {
				p.Missing++
			}
		}
	}
}

// missed notes that entries are missing, and blocks the people who have been missing
// for missingFor and whom the directory does not find by their keys either.
func (p *syncing) missed(ctx context.Context, missed []rekey.DirectoryEntry) error {
	var long []directory.Key
	for _, e := range missed {
		if !e.MissingSince.IsZero() && p.now().Sub(e.MissingSince) >= missingFor && e.Reason != rekey.EntryMissing {
			long = append(long, directory.Key(e.Key))
		}
	}
	there, err := p.from.Read(ctx, long)
	if err != nil {
		return err
	}
	blocked := 0
	err = p.store.Update(ctx, func(tx *store.Tx) error {
		if err := p.claimIn(ctx, tx); err != nil {
			return err
		}
		blocked = 0
		entries := slices.Clone(missed) // the transaction may run again
		for i := range entries {
			e := &entries[i]
			_, found := there[directory.Key(e.Key)]
			switch {
			case found:
				e.Pass, e.MissingSince = p.state.Pass, time.Time{} // moved into the base while the pass went on
			case e.MissingSince.IsZero():
				e.MissingSince = p.now()
			case p.now().Sub(e.MissingSince) >= missingFor && e.Reason != rekey.EntryMissing:
				if err := p.blockMissing(ctx, tx, e.UserID); err != nil {
					return err
				}
				e.Reason = rekey.EntryMissing
				blocked++
			}
		}
		return tx.PutDirectoryEntries(ctx, p.name, entries)
	})
	p.Blocked += blocked
	return err
}

// blockMissing blocks somebody whom the directory no longer has.
func (p *syncing) blockMissing(ctx context.Context, tx *store.Tx, userID string) error {
	u, err := tx.User(ctx, userID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_, event, err := p.setBlocks(ctx, tx, "", u, u.BlockedBy.With(rekey.BlockedByDirectory))
	if err != nil || event == "" {
		return err
	}
	if err := tx.DropDirectoryEvents(ctx, []string{userID}); err != nil {
		return err
	}
	return tx.PutDirectoryEvents(ctx, p.name, []rekey.DirectoryEvent{{Event: event, UserID: userID}})
}
