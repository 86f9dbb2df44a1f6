package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"rekey/internal/store"

	"rekey"
)

// tally holds the times of failed log-ins, the oldest first, and the end of the
// lock that they caused.
type tally struct {
	times []time.Time
	until time.Time
}

func (t tally) locked(now time.Time) bool { return now.Before(t.until) }

// fail counts a failure, unless the lock holds already. It reports whether this
// failure, as number limit within that time, begins a lock. Each lock begins a new
// count.
func (t *tally) fail(now time.Time, limit int, within, lockFor time.Duration) (locks bool) {
	if t.locked(now) {
		return false
	}
	t.times = append(since(t.times, now.Add(-within)), now)
	if len(t.times) < limit {
		return false
	}
	t.times, t.until = nil, now.Add(lockFor)
	return true
}

// since returns the times after a moment.
func since(times []time.Time, moment time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(at time.Time) bool { return !at.After(moment) })
}

// counterName names a counter for an email address, which is hashed. All texts
// that are no address share one counter. They are not kept even as a hash, since
// people type passwords into that field.
func counterName(what, addressKey string, more ...string) string {
	if !rekey.IsAddressKey(addressKey) {
		addressKey = ""
	}
	return hashedName(what, append([]string{addressKey}, more...)...)
}

func hashedName(what string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return what + ":" + hex.EncodeToString(sum[:16])
}

// lock holds the failed log-ins to an account: from one source address, and in all.
type lock struct {
	limits  Limits
	names   struct{ pair, account, known string }
	pair    tally
	account tally
	// known: the user logged in from this address lately, so that the lock of
	// the whole account does not apply.
	known bool
}

func (s *Service) readLock(ctx context.Context, tx *store.Tx, addressKey string, source netip.Addr, now time.Time) (*lock, error) {
	l := &lock{limits: s.Limits}
	from := sourceKey(source)
	l.names.pair = counterName("pair", addressKey, from)
	l.names.account = counterName("account", addressKey)
	l.names.known = counterName("known", addressKey, from)
	var err error
	if l.pair.times, l.pair.until, err = tx.Counter(ctx, l.names.pair, now); err != nil {
		return nil, err
	}
	if l.account.times, l.account.until, err = tx.Counter(ctx, l.names.account, now); err != nil {
		return nil, err
	}
	seen, _, err := tx.Counter(ctx, l.names.known, now)
	l.known = len(seen) > 0
	return l, err
}

// closed reports whether the chosen password is refused now.
func (l *lock) closed(now time.Time) bool {
	return l.pair.locked(now) || l.account.locked(now) && !l.known
}

// fail counts a failure and reports whether it begins a lock.
func (l *lock) fail(now time.Time) bool {
	pair := l.pair.fail(now, l.limits.Failures, l.limits.FailuresWithin, l.limits.LockFor)
	account := l.account.fail(now, l.limits.AccountFailures, l.limits.FailuresWithin, l.limits.LockFor)
	return pair || account
}

// succeed forgets the failures from this address. With a mailed password, it
// forgets those from all addresses.
func (l *lock) succeed(mailed bool) {
	l.known = true
	l.pair = tally{}
	if mailed {
		l.account = tally{}
	}
}

// write stores the lock. It writes the same rows for every outcome, and one more,
// for the known address, if the attempt was admitted.
func (l *lock) write(ctx context.Context, tx *store.Tx, now time.Time, admitted bool) error {
	expires := now.Add(max(l.limits.FailuresWithin, l.limits.LockFor))
	if err := tx.PutCounter(ctx, l.names.pair, l.pair.times, l.pair.until, expires); err != nil {
		return err
	}
	if err := tx.PutCounter(ctx, l.names.account, l.account.times, l.account.until, expires); err != nil {
		return err
	}
	if !admitted {
		return nil
	}
	return tx.PutCounter(ctx, l.names.known, []time.Time{now}, time.Time{}, now.Add(l.limits.KnownFor))
}
