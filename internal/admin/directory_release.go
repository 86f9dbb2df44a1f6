package admin

import (
	"context"
	"fmt"
	"slices"

	"rekey"
	"rekey/internal/store"
)

// release raises the withheld events of entries.
func (p *syncing) release(ctx context.Context, keys []string) error {
	if p.dry {
		return nil
	}
	for some := range slices.Chunk(keys, syncPage) {
		err := p.store.Update(ctx, func(tx *store.Tx) error {
			entries, err := tx.DirectoryEntries(ctx, p.name, some)
			if err != nil {
				return err
			}
			var written []rekey.DirectoryEntry
			for _, key := range some {
				e := entries[key]
				if e.Withheld == "" {
					continue
				}
				u, err := tx.User(ctx, e.UserID)
				if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
					return err
				}
				if u.Status == rekey.UserActive {
					if err := p.raise(ctx, tx, e.Withheld, u.ID); err != nil {
						return err
					}
				}
				e.Withheld = ""
				written = append(written, e)
			}
			return tx.PutDirectoryEntries(ctx, p.name, written)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ReleaseEvents raises the waiting events of a directory. count is the number that the
// Administrator saw; no others are raised.
//
// Errors: CodeForbidden; CodeNotFound for an unknown directory; CodeConflict if another
// number waits.
func (s *Service) ReleaseEvents(ctx context.Context, actor rekey.SystemUser, name string, count int) error {
	if _, ok := s.directories[name]; !ok {
		return errNoDirectory
	}
	if !actor.Authority().MayAdminister() {
		return errRank
	}
	entries, err := s.store.WithheldEntries(ctx, name, count+1)
	if err != nil {
		return err
	}
	if len(entries) != count {
		counts, err := s.store.CountDirectory(ctx, name)
		if err != nil {
			return err
		}
		return rekey.NewError(rekey.CodeConflict, fmt.Sprintf("%d events wait, not %d. Look again, and release that number.", counts.Withheld, count))
	}
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	return (&syncing{Service: s, name: name}).release(ctx, keys)
}
