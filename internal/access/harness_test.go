package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/password"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// Passwords and places of the tests.
const (
	chosen  = "orbit-candle-7-harvest"
	chosen2 = "velvet-anchor-9-thistle"
	chosen3 = "copper-lantern-4-meadow"
	wrong   = "quite another thing"
)

var (
	home = netip.MustParseAddr("192.0.2.1")
	away = netip.MustParseAddr("198.51.100.7")
)

// fixture is a Service on a real database, with a clock that stands still.
type fixture struct {
	*Service
	t      testing.TB
	db     *store.DB
	argon2 *counting

	mu  sync.Mutex
	now time.Time
	ids atomic.Int64
}

// counting counts the computations of Argon2.
type counting struct {
	Hasher
	n atomic.Int64
}

func (c *counting) Hash(ctx context.Context, s rekey.Secret) (string, error) {
	c.n.Add(1)
	return c.Hasher.Hash(ctx, s)
}

func (c *counting) Verify(ctx context.Context, stored string, s rekey.Secret) (bool, bool, error) {
	c.n.Add(1)
	return c.Hasher.Verify(ctx, stored, s)
}

func (c *counting) Matches(ctx context.Context, stored string, s rekey.Secret) (bool, error) {
	c.n.Add(1)
	return c.Hasher.Matches(ctx, stored, s)
}

func (c *counting) Dummy(ctx context.Context, s rekey.Secret) error {
	c.n.Add(1)
	return c.Hasher.Dummy(ctx, s)
}

// fixedKey is a PRF with one key.
type fixedKey struct{}

func (fixedKey) KeyID() string { return "1" }
func (fixedKey) Compute(keyID string, data []byte) ([]byte, error) {
	if keyID != "1" {
		return nil, errors.New("no such key")
	}
	h := hmac.New(sha256.New, []byte("a key of the tests"))
	h.Write(data)
	return h.Sum(nil), nil
}

func setup(t testing.TB, settings ...func(*Config)) *fixture {
	t.Helper()
	db := storetest.Open(t)
	f := &fixture{t: t, db: db, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	f.argon2 = &counting{Hasher: cheap(t, 1)}
	config := Config{
		Store:  db,
		Record: f.record,
		Argon2: f.argon2,
		Mailed: password.NewMailed(fixedKey{}),
		Limits: Limits{PerSecond: 1e6, Burst: 1e6},
		Clock:  f.clock,
		NewID:  f.newID,
	}
	for _, s := range settings {
		s(&config)
	}
	service, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	f.Service = service
	return f
}

// cheap is an Argon2 that costs next to nothing.
func cheap(t testing.TB, passes uint32) *password.Argon2 {
	t.Helper()
	a, err := password.NewArgon2(password.Argon2Config{Params: password.Params{Memory: 8, Time: passes, Threads: 1}, Queue: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// pass moves the clock.
func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fixture) newID() string { return fmt.Sprintf("id-%06d", f.ids.Add(1)) }

// record stores the event, so that it is there only if its transaction is.
func (f *fixture) record(ctx context.Context, tx engine.Tx, e rekey.Event) (rekey.Event, error) {
	e.ID, e.Source, e.Data = f.newID(), rekey.InternalSource, []byte("{}")
	e.SourceID, e.Digest = e.ID, []byte(e.ID)
	stored, _, err := tx.InsertEvent(ctx, e)
	return stored, err
}

// events returns the users of the events of a type.
func (f *fixture) events(eventType string) []string {
	f.t.Helper()
	list, _, err := f.db.Events(f.t.Context(), eventType, "", "", 1000)
	f.ok(err)
	var users []string
	for _, e := range list {
		users = append(users, e.Users...)
	}
	return users
}

func (f *fixture) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) refused(err error) {
	f.t.Helper()
	if !errors.Is(err, errRefused) {
		f.t.Fatalf("got %v, want the one refusal", err)
	}
}

func (f *fixture) update(fn func(tx *store.Tx) error) {
	f.t.Helper()
	f.ok(f.db.Update(f.t.Context(), fn))
}

// user stores a user with the chosen password.
func (f *fixture) user(kind rekey.UserType, changes ...func(*rekey.SystemUser)) rekey.SystemUser {
	f.t.Helper()
	u := rekey.SystemUser{
		ID: f.newID(), FirstName: "Ada", LastName: "Byron", Type: kind,
		Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: f.clock(),
	}
	u.Address = u.ID + "@example.org"
	for _, change := range changes {
		change(&u)
	}
	f.ok(u.Validate())
	verifier, err := cheap(f.t, 1).Hash(f.t.Context(), secret(chosen))
	f.ok(err)
	f.update(func(tx *store.Tx) error {
		if err := tx.InsertUser(f.t.Context(), u); err != nil {
			return err
		}
		return tx.CompleteChange(f.t.Context(), u.ID, "", verifier, f.clock().Add(-30*24*time.Hour))
	})
	return f.read(u)
}

func (f *fixture) read(u rekey.SystemUser) rekey.SystemUser {
	f.t.Helper()
	u, err := f.db.User(f.t.Context(), u.ID)
	f.ok(err)
	return u
}

// change writes a change to the record of a user.
func (f *fixture) change(u rekey.SystemUser, change func(*rekey.SystemUser)) {
	f.t.Helper()
	u = f.read(u)
	change(&u)
	f.ok(u.Validate())
	f.update(func(tx *store.Tx) error { return tx.UpdateUser(f.t.Context(), u, u.Version, "") })
}

// mail issues a password and has the mail server accept it. It returns what the
// mail says.
func (f *fixture) mail(u rekey.SystemUser, old rekey.OldPassword) (text string, deliveryID string) {
	f.t.Helper()
	g, err := password.Generate(rand.Reader, nil)
	f.ok(err)
	now := f.clock()
	d := rekey.Delivery{
		ID: f.newID(), RunID: f.newID(), UserID: u.ID, Number: 1, Batch: 1,
		State: rekey.DeliveryQueued, OldPassword: old, UpdatedAt: now,
	}
	f.update(func(tx *store.Tx) error {
		if err := tx.Plan(f.t.Context(), []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Claim, d.Attempting, d.Attempts = rekey.DeliveryIssued, "claim", true, 1
		d.IssuedAt, d.ValidUntil, d.ClaimUntil = now, now.Add(72*time.Hour), now.Add(time.Minute)
		d.PasswordVersion = f.passwordVersion(tx, u)
		if d.Verifier, err = f.Mailed.Make(g, d.ID); err != nil {
			return err
		}
		if _, err := tx.Issue(f.t.Context(), []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Attempting, d.AcceptedAt = rekey.DeliverySent, false, now
		_, err := tx.Settle(f.t.Context(), []rekey.Delivery{d})
		return err
	})
	return g.Reveal(), d.ID
}

func (f *fixture) passwordVersion(tx *store.Tx, u rekey.SystemUser) int64 {
	u, err := tx.User(f.t.Context(), u.ID)
	if err != nil {
		f.t.Error(err)
	}
	return u.PasswordVersion
}

func (f *fixture) logIn(address, typed string, source netip.Addr) error {
	_, err := f.LogIn(f.t.Context(), address, secret(typed), source)
	return err
}

func (f *fixture) basic(u rekey.SystemUser, typed string) error {
	_, err := f.Basic(f.t.Context(), u.Address, secret(typed), home)
	return err
}

// entry logs in.
func (f *fixture) entry(u rekey.SystemUser, typed string) Entry {
	f.t.Helper()
	e, err := f.LogIn(f.t.Context(), u.Address, secret(typed), home)
	f.ok(err)
	return e
}

func secret(text string) rekey.Secret { return rekey.NewSecret(text) }

// fields are the fields that an error names.
func fields(err error) map[string]bool {
	named := map[string]bool{}
	if e, ok := errors.AsType[*rekey.Error](err); ok {
		for _, f := range e.Fields {
			named[f.Field] = true
		}
	}
	return named
}

type txOf = store.Tx

// corrupt makes the verifier of a delivery name a missing key.
func (f *fixture) corrupt(deliveryID string) error {
	_, err := f.db.SQLite().ExecContext(f.t.Context(), `UPDATE deliveries SET verifier = replace(verifier, '$1$', '$2$') WHERE id = $1`, deliveryID)
	return err
}

// interrupting calls a function once, before it makes a verifier.
type interrupting struct {
	Hasher
	do func()
}

func (i *interrupting) Hash(ctx context.Context, s rekey.Secret) (string, error) {
	if i.do != nil {
		i.do()
	}
	return i.Hasher.Hash(ctx, s)
}
