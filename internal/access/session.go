package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"time"

	"rekey"
	"rekey/internal/store"
)

// How long a session lasts.
const (
	sessionIdle     = 30 * time.Minute // without a request
	sessionAbsolute = 12 * time.Hour   // since log-in
)

// session is what is stored of a session, as JSON, under the hash of its token.
type session struct {
	UserID  string     `json:"user"`
	Version int64      `json:"version"`         // the user's password version
	Via     string     `json:"via,omitempty"`   // the delivery whose mailed password opened it
	Began   time.Time  `json:"began"`           // the log-in
	Last    time.Time  `json:"last,omitzero"`   // the log-in before
	Source  netip.Addr `json:"source"`          // where it was opened from; the zero value if that is not known
	Agent   string     `json:"agent,omitempty"` // what with, see agentName
}

// Sessions are those of the console. A session is a random token in a cookie;
// the database holds its hash. On every request its user is read: it ends when
// the password version is another (a change, a revocation), when the user is
// blocked or not one of the console's, and, if a mailed password opened it,
// when that ends.
type Sessions struct {
	service *Service
	cookie  http.Cookie // without its value
}

// NewSessions returns the sessions of the console. secure is false only for
// plain HTTP on loopback: a browser would not send a Secure cookie there.
func (s *Service) NewSessions(secure bool) *Sessions {
	//nolint:gosec // not Secure on loopback alone
	cookie := http.Cookie{Name: "rekey", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure}
	if secure {
		cookie.Name = "__Host-rekey" // RFC 6265bis §4.1.3.2: this host, this path, TLS
	}
	return &Sessions{service: s, cookie: cookie}
}

// request is what is known of a request: the session that it came with or was
// given.
type request struct {
	w     http.ResponseWriter
	token string // the hash of it; "" without a session
	session
	entry Entry // who came in by the session that it came with
	in    bool
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if v, ok := ctx.Value(requestKey{}).(*request); ok {
		return v
	}
	return &request{}
}

// Handler finds the session of each request before next. What goes wrong is
// handed to failed.
func (s *Sessions) Handler(next http.Handler, failed func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		v := &request{w: w}
		ctx := context.WithValue(r.Context(), requestKey{}, v)
		r = r.WithContext(ctx)
		if cookie, err := r.Cookie(s.cookie.Name); err == nil && cookie.Value != "" {
			// The page of a run asks again and again by itself: nobody is at the
			// keyboard, and the session is not kept alive.
			byItself := r.Header.Get("Accept") == "text/event-stream"
			v.token = hashOf(cookie.Value)
			if err := s.load(ctx, v, !byItself); err != nil {
				failed(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// EntryFrom returns who came in by the session of a request, if anybody did.
// Whoever shows a page must look at MustChange.
func EntryFrom(ctx context.Context) (Entry, bool) {
	v := requestOf(ctx)
	return v.entry, v.in
}

// Origin is where a session is opened from, as its user will be shown it.
type Origin struct {
	Source netip.Addr
	Agent  string // the User-Agent of the request
}

// Begin makes the session of a request that of e, under a new token. It is called
// before anything of the answer is written.
func (s *Sessions) Begin(ctx context.Context, e Entry, from Origin) error {
	token, err := s.service.newToken()
	if err != nil {
		return err
	}
	v, now := requestOf(ctx), s.service.Clock()
	begun := session{
		UserID: e.User.ID, Version: e.User.PasswordVersion, Via: e.ViaDelivery, Began: now, Last: e.LastLogin,
		Source: from.Source.Unmap(), Agent: agentName(from.Agent),
	}
	data, err := json.Marshal(begun)
	if err != nil {
		return err
	}
	if err := s.service.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteSession(ctx, v.token); err != nil {
			return err
		}
		return tx.PutSession(ctx, hashOf(token.Reveal()), begun.UserID, data, now, now.Add(sessionIdle))
	}); err != nil {
		return err
	}
	v.token, v.session = hashOf(token.Reveal()), begun
	s.setCookie(v, token.Reveal(), 0)
	return nil
}

// End ends the session of a request, if it has one. It is called before anything
// of the answer is written.
func (s *Sessions) End(ctx context.Context) error {
	v := requestOf(ctx)
	if v.token == "" {
		return nil
	}
	if err := s.service.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, v.token) }); err != nil {
		return err
	}
	v.token, v.session = "", session{}
	s.setCookie(v, "", -1)
	return nil
}

func (s *Sessions) setCookie(v *request, value string, maxAge int) {
	cookie := s.cookie //nolint:gosec // see NewSessions
	cookie.Value, cookie.MaxAge = value, maxAge
	http.SetCookie(v.w, &cookie)
}

// load finds out whose session it is, and ends one that does not hold any more.
// One that is renewed ends later.
func (s *Sessions) load(ctx context.Context, v *request, renew bool) error {
	now := s.service.Clock()
	data, found, err := s.service.Store.Session(ctx, v.token, now)
	if err != nil || !found {
		v.token = ""
		return err
	}
	if err := json.Unmarshal(data, &v.session); err != nil {
		return s.End(ctx) // an older program wrote it in another form
	}
	if v.entry, v.in, err = s.look(ctx, v.session, now); err != nil {
		return err
	}
	if !v.in {
		return s.End(ctx)
	}
	if !renew {
		return nil
	}
	return s.service.touch(ctx, v.token, v.UserID, v.Began, now)
}

// Holds reports whether the session of a request still holds, and whose it is:
// for an answer that goes on while others may end the session, or change what
// its user may do.
func (s *Sessions) Holds(ctx context.Context) (Entry, bool, error) {
	v, now := requestOf(ctx), s.service.Clock()
	if _, found, err := s.service.Store.Session(ctx, v.token, now); err != nil || !found {
		return Entry{}, false, err
	}
	return s.look(ctx, v.session, now)
}

// look returns whose session it is, and whether it holds.
func (s *Sessions) look(ctx context.Context, x session, now time.Time) (Entry, bool, error) {
	e, holds, err := s.service.resume(ctx, x, now)
	if err != nil || !holds || now.Sub(x.Began) >= sessionAbsolute {
		return Entry{}, false, err
	}
	e.LastLogin = x.Last
	return e, true, nil
}

// hashOf is what is stored of a token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// resume reports whether a session still holds, and for whom.
func (s *Service) resume(ctx context.Context, x session, now time.Time) (Entry, bool, error) {
	u, err := s.Store.User(ctx, x.UserID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return Entry{}, false, nil
	}
	if err != nil || u.Status != rekey.UserActive || u.PasswordVersion != x.Version {
		return Entry{}, false, err
	}
	if x.Via == "" {
		return Entry{User: u}, consoleDoor(u, false), nil
	}
	credential, err := s.Store.Credential(ctx, x.UserID)
	if err != nil {
		return Entry{}, false, err
	}
	for _, d := range credential.Live(now) {
		if d.ID == x.Via {
			return Entry{User: u, ViaDelivery: x.Via, ValidUntil: d.ValidUntil}, true, nil
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
