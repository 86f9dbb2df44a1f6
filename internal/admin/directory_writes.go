package admin

import (
	"context"
	"time"

	"rekey"
)

// DirectoryWrites is what happened to the password of a delivery's user in their
// directory. A write that never began is zero.
type DirectoryWrites struct {
	// Scramble is the random password that revoked the old one, and Choose the chosen one.
	Scramble, Choose rekey.DirectoryWrite
	// ChangedAt is when somebody else changed the password there, while the mailed one
	// still opens the page; zero if nobody did.
	ChangedAt time.Time
}

// DirectoryWrites returns what happened in the directory of a delivery's user; the zero
// value for built-in users.
//
// Errors: those of Delivery.
func (s *Service) DirectoryWrites(ctx context.Context, actor rekey.SystemUser, deliveryID string) (w DirectoryWrites, err error) {
	d, err := s.Delivery(ctx, actor, deliveryID)
	if err != nil || d.UserID == "" {
		return w, err
	}
	u, err := s.store.User(ctx, d.UserID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return w, nil
	}
	if err != nil || u.Directory.BuiltIn() {
		return w, err
	}
	all, err := s.store.DirectoryWritesTo(ctx, u.ID)
	for _, write := range all {
		switch {
		case write.DeliveryID != d.ID:
		case write.Kind == rekey.WriteScramble:
			w.Scramble = write
		default:
			w.Choose = write
		}
	}
	if d.ChangedThere(u, all, s.now()) {
		w.ChangedAt = u.PasswordChangedAt
	}
	return w, err
}
