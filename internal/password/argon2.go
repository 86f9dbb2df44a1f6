package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/crypto/argon2"

	"rekey"
)

// Argon2Config sets the cost and the concurrency. The zero value is the default.
type Argon2Config struct {
	// Params is the cost of each computation. Default: Params' own.
	Params Params
	// Cores is how many computations run at a time. Default: GOMAXPROCS. Each
	// holds Params.Memory while it runs.
	Cores int
	// Queue is how many callers may wait for a core. Default 64; below zero none.
	Queue int
	// Random is the source of salts. Default: crypto/rand.Reader.
	Random io.Reader
}

// Argon2 makes and checks the verifiers of chosen passwords with Argon2id, at most
// Cores at a time. If the queue is full, callers get an *rekey.Error of
// CodeUnavailable at once. Otherwise a flood of log-ins would make all of them wait
// endlessly.
//
//	caller ──► place in the queue? ──no──► CodeUnavailable
//	              │yes
//	              ▼
//	           core free? ──context ends──► its error
//	              │yes
//	              ▼
//	           compute (not interrupted)
//
// It is safe for use by many goroutines.
type Argon2 struct {
	params Params
	random io.Reader
	places chan struct{} // callers that compute or wait
	cores  chan struct{} // callers that compute
}

// NewArgon2 returns an Argon2. It returns an error for parameters out of range.
func NewArgon2(config Argon2Config) (*Argon2, error) {
	params := config.Params.withDefaults()
	if !params.valid() {
		return nil, fmt.Errorf("password: Argon2 parameters out of range: %+v", params)
	}
	cores, queue, random := config.Cores, config.Queue, config.Random
	if cores <= 0 {
		cores = runtime.GOMAXPROCS(0)
	}
	switch {
	case queue == 0:
		queue = 64
	case queue < 0:
		queue = 0
	}
	if random == nil {
		random = rand.Reader
	}
	return &Argon2{
		params: params,
		random: random,
		places: make(chan struct{}, cores+queue),
		cores:  make(chan struct{}, cores),
	}, nil
}

// Hash returns the verifier of secret (after NFC) as a PHC string with a new
// salt of 16 bytes.
//
// Errors: CodeUnavailable when the queue is full; that of ctx.
func (a *Argon2) Hash(ctx context.Context, secret rekey.Secret) (string, error) {
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(a.random, salt); err != nil {
		return "", fmt.Errorf("password: reading a salt: %w", err)
	}
	v := phc{params: a.params, salt: salt}
	hash, err := a.compute(ctx, v, hashLength, secret)
	if err != nil {
		return "", err
	}
	v.hash = hash
	return v.String(), nil
}

// Verify reports whether the stored verifier was made from secret (after NFC).
// needsRehash says that it was made at a lower cost than today's, so that a new
// Hash should replace it.
//
// Errors: ErrMalformed for a verifier that cannot be read, at the same cost (see
// Dummy); CodeUnavailable when the queue is full; that of ctx.
func (a *Argon2) Verify(ctx context.Context, stored string, secret rekey.Secret) (ok, needsRehash bool, err error) {
	v, err := parsePHC(stored)
	if err != nil {
		if dummyErr := a.Dummy(ctx, secret); dummyErr != nil {
			return false, false, dummyErr
		}
		return false, false, err
	}
	got, err := a.compute(ctx, v, uint32(len(v.hash)), secret)
	if err != nil {
		return false, false, err
	}
	if subtle.ConstantTimeCompare(got, v.hash) != 1 {
		return false, false, nil
	}
	return true, a.outgrown(v), nil
}

// Matches is Verify without needsRehash. Its signature is that of History.Verify.
func (a *Argon2) Matches(ctx context.Context, stored string, secret rekey.Secret) (bool, error) {
	ok, _, err := a.Verify(ctx, stored, secret)
	return ok, err
}

// Dummy takes as long as Verify. Call it if there is no verifier, for an unknown
// user or one without a chosen password. So the time of a refusal does not reveal
// who exists.
//
// Errors: those of Verify, except ErrMalformed.
func (a *Argon2) Dummy(ctx context.Context, secret rekey.Secret) error {
	_, err := a.compute(ctx, phc{params: a.params, salt: make([]byte, saltLength)}, hashLength, secret)
	return err
}

// outgrown reports whether v is cheaper than what Hash makes today.
func (a *Argon2) outgrown(v phc) bool {
	return v.params.Memory < a.params.Memory || v.params.Time < a.params.Time ||
		v.params.Threads < a.params.Threads || len(v.salt) < saltLength || len(v.hash) < hashLength
}

// compute waits for a core and derives length bytes from secret.
func (a *Argon2) compute(ctx context.Context, v phc, length uint32, secret rekey.Secret) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case a.places <- struct{}{}:
		defer func() { <-a.places }()
	default:
		return nil, rekey.NewError(rekey.CodeUnavailable, "Too many people are logging in at this moment. Please try again in a few seconds.")
	}
	select {
	case a.cores <- struct{}{}:
		defer func() { <-a.cores }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	text := []byte(Normalize(secret).Reveal())
	defer clear(text)
	return argon2.IDKey(text, v.salt, v.params.Time, v.params.Memory, v.params.Threads, length), nil
}
