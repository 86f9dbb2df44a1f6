package store

import (
	"context"
	"time"
)

// sealPrefix is how much of a sealed value says which key it needs, in bytes:
// see seal.KeyIDOf.
const sealPrefix = 5

// base64Characters are the characters of standard Base64.
const base64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// KeyedValues returns, of all that needs a key to be of use at that moment, one
// for each key: verifiers of mailed passwords that have not expired, and the
// beginnings of secrets that are still to be sent.
func (s Queries) KeyedValues(ctx context.Context, now time.Time) (verifiers []string, seals [][]byte, err error) {
	// hmac-sha256$<key id>$<base64>: what comes before the Base64 is the same for
	// all verifiers of one key.
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
