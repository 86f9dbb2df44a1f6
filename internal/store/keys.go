package store

import (
	"context"
	"time"
)

// sealPrefix is how many bytes of a sealed value name its key; see seal.KeyIDOf.
const sealPrefix = 5

// base64Characters are the characters of standard Base64.
const base64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// KeyedValues returns one value for each key that is still needed: verifiers of
// mailed passwords that have not expired, and the first bytes of secrets that are
// still to be sent.
func (s Queries) KeyedValues(ctx context.Context, now time.Time) (verifiers []string, seals [][]byte, err error) {
	// The part of hmac-sha256$<key id>$<base64> before the Base64 is equal for all
	// verifiers of one key.
	err = s.each(ctx, `SELECT MIN(verifier) FROM deliveries WHERE verifier <> '' AND valid_until > $1
		GROUP BY rtrim(verifier, $2)`, []any{micros(now), base64Characters}, func(r rows) error {
		var verifier string
		err := r.Scan(&verifier)
		verifiers = append(verifiers, verifier)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = s.each(ctx, `SELECT DISTINCT substr(sealed, 1, CAST($1 AS INTEGER)) FROM deliveries
		WHERE `+unfinished+` AND sealed IS NOT NULL`, []any{sealPrefix}, func(r rows) error {
		var prefix []byte
		err := r.Scan(&prefix)
		seals = append(seals, prefix)
		return err
	})
	return verifiers, seals, err
}
