package admin

import (
	"context"

	"rekey"
)

// DirectoryWrites returns what Rekey wrote for a delivery to the directory of its user:
// the random password that revoked the old one, and the chosen one. A write that never
// began is zero.
//
// Errors: those of Delivery.
func (s *Service) DirectoryWrites(ctx context.Context, actor rekey.SystemUser, deliveryID string) (scramble, choose rekey.DirectoryWrite, err error) {
	if _, err := s.Delivery(ctx, actor, deliveryID); err != nil {
		return scramble, choose, err
	}
	for kind, write := range map[rekey.DirectoryWriteKind]*rekey.DirectoryWrite{rekey.WriteScramble: &scramble, rekey.WriteChoose: &choose} {
		found, err := s.store.DirectoryWrites(ctx, []string{deliveryID}, kind)
		if err != nil {
			return scramble, choose, err
		}
		*write = found[deliveryID]
	}
	return scramble, choose, nil
}
