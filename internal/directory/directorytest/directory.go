package directorytest

import (
	"context"

	"rekey"
	"rekey/internal/directory"
)

// Directory is what Rekey does with a directory: the real one, or Fake.
type Directory interface {
	Kind() directory.Kind
	Read(ctx context.Context, keys []directory.Key) (map[directory.Key]directory.Account, error)
	Choose(ctx context.Context, key directory.Key, token directory.Token, chosen rekey.Secret) (directory.Token, directory.Outcome)
	Scramble(ctx context.Context, key directory.Key, token directory.Token) (directory.Token, directory.Outcome)
	Pass(ctx context.Context, since directory.Cookie, page func([]directory.Account) error) (directory.Cookie, error)
	Groups(ctx context.Context, page func([]directory.Membership) error) error
}
