package admin

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/store"
)

// tellAgain is how long after the last one the next notice of a changed address is sent.
const tellAgain = 24 * time.Hour

// tellOldAddress tells the old address of somebody that the directory has a new one.
// Whoever may write the address there must not flood anybody: a person gets one such
// notice in tellAgain, and the next one tells of all changes since. While an address is
// held, nobody has confirmed it, so a further change is told to the address before it. The
// engine sends nothing if that one is in force again by then.
func (p *syncing) tellOldAddress(ctx context.Context, tx *store.Tx, before, after rekey.SystemUser) error {
	if before.AddressKey == after.AddressKey {
		return nil
	}
	now := p.now()
	last, err := tx.LastNotice(ctx, before.ID, engine.NoticeAddressChanged)
	if err != nil {
		return err
	}
	to := before.Address
	if last.ID != "" && now.Before(before.Directory.AddressHeldUntil) {
		to = last.Address
	}
	n := engine.QueuedNotice{Kind: engine.NoticeAddressChanged, UserID: before.ID, Address: to}
	switch {
	case last.ID == "":
	case last.EndedAt.IsZero(): // it tells of this change, too
		last.Address = to
		n = last
	default:
		n.NextAt = last.EndedAt.Add(tellAgain)
	}
	return p.runner.Tell(ctx, tx, n)
}
