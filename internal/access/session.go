package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"time"

	"rekey/internal/store"

	"github.com/alexedwards/scs/v2"

	"rekey"
)

// How long a session lasts.
const (
	sessionIdle     = 30 * time.Minute // without a request
	sessionAbsolute = 12 * time.Hour   // since log-in
)

// What is kept in a session.
const (
	keyUser    = "user"    // id
	keyVersion = "version" // the user's password version
	keyVia     = "via"     // the delivery whose mailed password opened it
	keyBegan   = "began"   // microseconds
	keyLast    = "last"    // the log-in before, microseconds
	keySource  = "source"  // the address that it was opened from
	keyAgent   = "agent"   // what with, see agentName
)

// Sessions are those of the console. A session is a random token in a cookie;
// the database holds its hash. On every request its user is read: it ends when
// the password version is another (a change, a revocation), when the user is
// blocked or not one of the console's, and, if a mailed password opened it,
// when that ends.
type Sessions struct {
	service *Service
	scs     *scs.SessionManager
}

// NewSessions returns the sessions of the console. secure is false only for
// plain HTTP on loopback: a browser would not send a Secure cookie there.
func (s *Service) NewSessions(secure bool) *Sessions {
	manager := scs.New()
	manager.Store = sessionStore{s}
	manager.HashTokenInStore = true
	manager.Lifetime = sessionAbsolute
	manager.Cookie.Name = "rekey"
	manager.Cookie.Persist = false
	manager.Cookie.HttpOnly = true
	manager.Cookie.SameSite = http.SameSiteLaxMode
	if manager.Cookie.Secure = secure; secure {
		manager.Cookie.Name = "__Host-rekey" // RFC 6265bis §4.1.3.2: this host, this path, TLS
	}
	return &Sessions{service: s, scs: manager}
}

// Handler loads the session of each request before next and saves it after.
// What goes wrong is handed to failed.
func (s *Sessions) Handler(next http.Handler, failed func(http.ResponseWriter, *http.Request, error)) http.Handler {
	s.scs.ErrorFunc = failed
	return s.scs.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The page of a run asks again and again by itself: that is nobody at
		// the keyboard, and does not keep a session alive.
		byItself := r.Header.Get("Accept") == "text/event-stream"
		e, ok, err := s.load(r.Context(), !byItself)
		if err != nil {
			failed(w, r, err)
			return
		}
		if ok {
			r = r.WithContext(context.WithValue(r.Context(), entryKey{}, e))
		}
		next.ServeHTTP(w, r)
	}))
}

type entryKey struct{}

// EntryFrom returns who came in by the session of a request, if anybody did.
// Whoever shows a page must look at MustChange.
func EntryFrom(ctx context.Context) (Entry, bool) {
	e, ok := ctx.Value(entryKey{}).(Entry)
	return e, ok
}

// Origin is where a session is opened from, as its user will be shown it.
type Origin struct {
	Source netip.Addr
	Agent  string // the User-Agent of the request
}

// Begin makes the session of a request that of e, under a new token.
func (s *Sessions) Begin(ctx context.Context, e Entry, from Origin) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	if err := s.scs.Clear(ctx); err != nil {
		return err
	}
	s.scs.Put(ctx, keyUser, e.User.ID)
	s.scs.Put(ctx, keyVersion, e.User.PasswordVersion)
	s.scs.Put(ctx, keyVia, e.ViaDelivery)
	s.scs.Put(ctx, keyBegan, s.service.Clock().UnixMicro())
	s.scs.Put(ctx, keyAgent, agentName(from.Agent))
	if from.Source.IsValid() {
		s.scs.Put(ctx, keySource, from.Source.Unmap().String())
	}
	if !e.LastLogin.IsZero() {
		s.scs.Put(ctx, keyLast, e.LastLogin.UnixMicro())
	}
	return nil
}

// End ends the session of a request, if it has one.
func (s *Sessions) End(ctx context.Context) error { return s.scs.Destroy(ctx) }

// load returns whose session it is, and ends one that does not hold any more.
// One that is renewed ends later.
func (s *Sessions) load(ctx context.Context, renew bool) (Entry, bool, error) {
	if s.scs.GetString(ctx, keyUser) == "" {
		return Entry{}, false, nil
	}
	now := s.service.Clock()
	e, began, holds, err := s.look(ctx, now)
	if err != nil {
		return Entry{}, false, err
	}
	if !holds {
		return Entry{}, false, s.scs.Destroy(ctx)
	}
	if !renew {
		return e, true, nil
	}
	return e, true, s.service.touch(ctx, hashOf(s.scs.Token(ctx)), e.User.ID, began, now)
}

// Holds reports whether the session of a request still holds, and whose it is:
// for an answer that goes on while others may end the session, or change what
// its user may do.
func (s *Sessions) Holds(ctx context.Context) (Entry, bool, error) {
	now := s.service.Clock()
	if _, found, err := s.service.Store.Session(ctx, hashOf(s.scs.Token(ctx)), now); err != nil || !found {
		return Entry{}, false, err
	}
	e, _, holds, err := s.look(ctx, now)
	return e, holds, err
}

// look returns whose session it is and when it began, and whether it holds.
func (s *Sessions) look(ctx context.Context, now time.Time) (e Entry, began time.Time, holds bool, err error) {
	began = time.UnixMicro(s.scs.GetInt64(ctx, keyBegan)).UTC()
	e, holds, err = s.service.resume(ctx, s.scs.GetString(ctx, keyUser), s.scs.GetInt64(ctx, keyVersion), s.scs.GetString(ctx, keyVia), now)
	if err != nil || !holds || now.Sub(began) >= sessionAbsolute {
		return Entry{}, began, false, err
	}
	if last := s.scs.GetInt64(ctx, keyLast); last != 0 {
		e.LastLogin = time.UnixMicro(last).UTC()
	}
	return e, began, true, nil
}

// hashOf is what is stored of a token, as scs does it.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// resume reports whether a session still holds, and for whom.
func (s *Service) resume(ctx context.Context, userID string, version int64, via string, now time.Time) (Entry, bool, error) {
	u, err := s.Store.User(ctx, userID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return Entry{}, false, nil
	}
	if err != nil || u.Status != rekey.UserActive || u.PasswordVersion != version {
		return Entry{}, false, err
	}
	if via == "" {
		return Entry{User: u}, consoleDoor(u, false), nil
	}
	credential, err := s.Store.Credential(ctx, userID)
	if err != nil {
		return Entry{}, false, err
	}
	for _, d := range credential.Live(now) {
		if d.ID == via {
			return Entry{User: u, ViaDelivery: via, ValidUntil: d.ValidUntil}, true, nil
		}
	}
	return Entry{}, false, nil
}

// touch moves the end of a session. It changes the row that is there and makes
// none, so that a request under way does not bring back what was ended.
func (s *Service) touch(ctx context.Context, hash, userID string, began, now time.Time) error {
	if !s.noticed.due("session:"+hash, now) {
		return nil
	}
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.ExtendSession(ctx, hash, userID, now, sessionEnd(began, now))
	})
}

func sessionEnd(began, now time.Time) time.Time {
	end, absolute := now.Add(sessionIdle), began.Add(sessionAbsolute)
	if absolute.Before(end) {
		return absolute
	}
	return end
}

// sessionStore keeps the sessions of scs by our clock. The ends that scs gives
// are those of its own and are not used: a session is written when it begins,
// and lives by ExtendSession.
type sessionStore struct{ service *Service }

// FindCtx implements scs.CtxStore.
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.service.Store.Session(ctx, token, s.service.Clock())
}

// CommitCtx implements scs.CtxStore.
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	kept, err := readSession(data)
	if err != nil {
		return err
	}
	return s.service.Store.Update(ctx, func(tx *store.Tx) error {
		now := s.service.Clock()
		return tx.PutSession(ctx, token, kept.userID, data, now, now.Add(sessionIdle))
	})
}

// DeleteCtx implements scs.CtxStore.
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.service.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, token) })
}

// Find implements scs.Store, which scs does not call where there is FindCtx.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store.
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
