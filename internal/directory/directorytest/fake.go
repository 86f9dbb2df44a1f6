package directorytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/directory"
)

// Fake is a directory in memory that behaves as the real ones do, for tests of what
// stands on them. It is safe for concurrent use.
type Fake struct {
	kind directory.Kind
	now  func() time.Time

	mu     sync.Mutex
	people map[directory.Key]*fakePerson
	nested map[string][]string // groups by the groups that are members of them
	writes int64               // rises with every change
	down   bool
	lose   int
}

// fakePerson is an account with what only the directory knows.
type fakePerson struct {
	directory.Account

	login    string
	password string
	used     []string // former passwords, the latest last
	groups   []string
	outside  bool
	changed  int64

	failures, maxFailures int // of log-ins
}

// ErrDown is the error of a Fake that was told to be down.
var ErrDown = errors.New("the directory is down")

// NewFake returns an empty directory that behaves as one of a kind.
func NewFake(kind directory.Kind, now func() time.Time) *Fake {
	return &Fake{kind: kind, now: now, people: map[directory.Key]*fakePerson{}, nested: map[string][]string{}}
}

// Name is "fake".
func (f *Fake) Name() string { return "fake" }

// Kind is that of NewFake.
func (f *Fake) Kind() directory.Kind { return f.kind }

// Down makes the directory unreachable, or reachable again.
func (f *Fake) Down(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// LoseReplies makes the next n writes take effect without an answer.
func (f *Fake) LoseReplies(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lose = n
}

// Read implements Directory.
func (f *Fake) Read(_ context.Context, keys []directory.Key) (map[directory.Key]directory.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, ErrDown
	}
	found := map[directory.Key]directory.Account{}
	for _, key := range keys {
		if p, ok := f.people[key]; ok && !p.outside {
			found[key] = p.copy()
		}
	}
	return found, nil
}

// copy returns the account, which shares nothing with p.
func (p *fakePerson) copy() directory.Account {
	a := p.Account
	a.Attributes = maps.Clone(a.Attributes)
	return a
}

// Choose implements Directory.
func (f *Fake) Choose(_ context.Context, key directory.Key, token directory.Token, chosen rekey.Secret) (directory.Token, directory.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, outcome := f.target(key)
	switch {
	case chosen.IsZero():
		return token, refused(directory.TooShort)
	case p == nil:
		return token, outcome
	case outcome.Result == directory.Refused:
		return p.Token, outcome
	case p.Token != token && p.password == chosen.Reveal():
		return p.Token, directory.Outcome{Result: directory.Set} // the second call after a lost reply
	case p.Token != token:
		return p.Token, directory.Outcome{Result: directory.Overtaken}
	}
	if refused := f.judge(p, chosen.Reveal()); refused.Result != "" {
		return p.Token, refused
	}
	f.set(p, chosen.Reveal())
	p.Locked = false
	return f.answer(p, token)
}

// Scramble implements Directory.
func (f *Fake) Scramble(_ context.Context, key directory.Key, token directory.Token) (directory.Token, directory.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, outcome := f.target(key)
	switch {
	case p == nil:
		return token, outcome
	case outcome.Result == directory.Refused:
		return p.Token, outcome
	case p.Token != token:
		return p.Token, directory.Outcome{Result: directory.Overtaken}
	}
	if f.kind == directory.OpenLDAP {
		switch {
		case p.Policy.Unknown:
			return p.Token, refused(directory.PolicyUnknown)
		case p.Policy.NeedsOld:
			return p.Token, refused(directory.NeedsOld)
		case p.Policy.MinAge > 0:
			return p.Token, refused(directory.TooYoung)
		}
	}
	f.set(p, uuid.NewString())
	return f.answer(p, token)
}

func refused(why directory.Refusal) directory.Outcome {
	return directory.Outcome{Result: directory.Refused, Refusal: why}
}

// target returns whose password is to be set, and the outcome if it must not be.
func (f *Fake) target(key directory.Key) (*fakePerson, directory.Outcome) {
	if f.down {
		return nil, directory.Outcome{Result: directory.Unreachable, Cause: ErrDown}
	}
	p, ok := f.people[key]
	switch {
	case !ok || p.outside:
		return nil, directory.Outcome{Result: directory.Gone}
	case p.Protected:
		return p, refused(directory.IsProtected)
	case p.Blocked:
		return p, refused(directory.IsBlocked)
	case p.LockedByAdmin:
		return p, refused(directory.LockedByAdmin)
	}
	return p, directory.Outcome{}
}

// judge applies the policy of a person to a password.
func (f *Fake) judge(p *fakePerson, password string) directory.Outcome {
	openldap := f.kind == directory.OpenLDAP
	if n := p.Policy.MinLength; utf8.RuneCountInString(password) < n {
		return directory.Outcome{Result: directory.Refused, Refusal: directory.TooShort, Least: n}
	}
	switch {
	case openldap && p.Policy.NeedsOld:
		return refused(directory.NeedsOld)
	case openldap && p.Policy.MinAge > 0 && f.now().Before(p.PasswordChangedAt.Add(p.Policy.MinAge)):
		return refused(directory.TooYoung)
	case openldap && p.Policy.History > 0 && p.password == password:
		return refused(directory.InForce)
	case openldap && slices.Contains(p.used[max(0, len(p.used)-p.Policy.History):], password):
		return refused(directory.InHistory)
	case p.Policy.Complex && !complexEnough(password):
		return refused(directory.TooSimple)
	}
	return directory.Outcome{}
}

// complexEnough reports whether a password has three kinds of characters.
func complexEnough(password string) bool {
	kinds := map[int]bool{}
	for _, r := range password {
		switch {
		case r >= 'a' && r <= 'z':
			kinds[0] = true
		case r >= 'A' && r <= 'Z':
			kinds[1] = true
		case r >= '0' && r <= '9':
			kinds[2] = true
		default:
			kinds[3] = true
		}
	}
	return len(kinds) >= 3
}

// set puts a password in force.
func (f *Fake) set(p *fakePerson, password string) {
	p.used = append(p.used, p.password)
	p.password = password
	f.touch(p)
	p.Token = directory.Token(fmt.Sprintf("t%d", f.writes))
	p.PasswordChangedAt = f.now()
	p.PasswordExpiresAt = time.Time{}
	if p.Policy.MaxAge > 0 {
		p.PasswordExpiresAt = f.now().Add(p.Policy.MaxAge)
	}
}

// touch notes that an account has changed.
func (f *Fake) touch(p *fakePerson) {
	f.writes++
	p.changed = f.writes
}

// answer ends a write that took effect.
func (f *Fake) answer(p *fakePerson, before directory.Token) (directory.Token, directory.Outcome) {
	if f.lose > 0 {
		f.lose--
		return before, directory.Outcome{Result: directory.Doubtful, Cause: errors.New("the reply was lost")}
	}
	return p.Token, directory.Outcome{Result: directory.Set}
}
