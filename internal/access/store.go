package access

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/password"
)

// Store is where credentials, counters and sessions are kept.
type Store interface {
	Reader
	// Update runs fn in a writing transaction, which is committed durably when
	// Update returns nil. fn may be run again, if it was undone because of another
	// transaction. Nothing outside the database may be waited for in it.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Reader is what is read, within a transaction or outside of one.
type Reader interface {
	User(ctx context.Context, id string) (rekey.SystemUser, error)
	UserByKey(ctx context.Context, addressKey string) (rekey.SystemUser, error)
	CountAdministrators(ctx context.Context, butFor string) (int, error)
	Credential(ctx context.Context, userID string) (rekey.Credential, error)
	// PasswordCaller returns a user, whether they have a chosen password, and
	// whether a mailed one may be live, so that Credential has more to say.
	PasswordCaller(ctx context.Context, userID string) (u rekey.SystemUser, chosen, mailed bool, err error)
	PasswordHistory(ctx context.Context, userID string, since time.Time) ([]password.Past, error)
	// Counter returns when something happened lately and until when it is
	// locked; nothing for what was never counted or has expired.
	Counter(ctx context.Context, name string, now time.Time) (times []time.Time, until time.Time, err error)
	Session(ctx context.Context, token string, now time.Time) (data []byte, found bool, err error)
	// SessionsOf hands each the sessions of a user, the last used first.
	SessionsOf(ctx context.Context, userID string, now time.Time, each func(token string, data []byte, seen time.Time) error) error
	// SetupLink returns whom a link is for, "" for the first administrator.
	SetupLink(ctx context.Context, hash []byte, now time.Time) (userID string, err error)
	// TokenUser returns whose token that is, and when it was last used.
	TokenUser(ctx context.Context, hash []byte, now time.Time) (u rekey.SystemUser, tokenID string, lastUsed time.Time, err error)
}

// Tx is one writing transaction. The engine's part of it is for the events that
// are recorded in it.
type Tx interface {
	engine.Tx
	Reader

	InsertUser(ctx context.Context, u rekey.SystemUser) error
	// CompleteChange sets the chosen password, ends every mailed one and raises
	// the password version. via is the delivery whose password was used, or "".
	CompleteChange(ctx context.Context, userID, via, verifier string, now time.Time) error
	Rehash(ctx context.Context, userID, old, verifier string) error

	TouchLogIn(ctx context.Context, userID string, now time.Time) error
	TouchPasswordCall(ctx context.Context, userID string, now time.Time) error
	TouchToken(ctx context.Context, tokenID string, now time.Time) error
	// ClaimLogOnEvent reports whether no log-on of the API user was recorded
	// since a moment, and notes that one is now.
	ClaimLogOnEvent(ctx context.Context, userID string, since, now time.Time) (bool, error)

	PutCounter(ctx context.Context, name string, times []time.Time, until, expires time.Time) error
	PutSession(ctx context.Context, token, userID string, data []byte, now, expires time.Time) error
	// ExtendSession moves the end of a session that is still there.
	ExtendSession(ctx context.Context, token, userID string, now, expires time.Time) error
	DeleteSession(ctx context.Context, token string) error
	// DeleteSessionOf reports whether there was such a session of the user.
	DeleteSessionOf(ctx context.Context, userID, token string) (bool, error)
	DeleteOtherSessions(ctx context.Context, userID, butFor string) error
	PutSetupLink(ctx context.Context, hash []byte, userID string, expires time.Time) error
	DeleteSetupLinks(ctx context.Context, userID string) error
	// PruneAccess deletes counters, sessions and links that have expired.
	PruneAccess(ctx context.Context, now time.Time) error
}

// Hasher makes and checks the verifiers of chosen passwords; *password.Argon2
// is one.
type Hasher interface {
	Hash(ctx context.Context, secret rekey.Secret) (string, error)
	Verify(ctx context.Context, stored string, secret rekey.Secret) (ok, needsRehash bool, err error)
	// Matches is Verify without the word about the cost.
	Matches(ctx context.Context, stored string, secret rekey.Secret) (bool, error)
	// Dummy takes as long as Verify, where there is nothing to verify.
	Dummy(ctx context.Context, secret rekey.Secret) error
}

// Recorder stores an event, its runs and their jobs within a transaction;
// (*engine.Engine).Record is one.
type Recorder func(ctx context.Context, tx engine.Tx, event rekey.Event) (rekey.Event, error)
