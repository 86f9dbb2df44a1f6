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

// proofFor is how long after a log-in with a mailed password its session may choose
// a password without giving the mailed one again (docs/decisions/0021).
const proofFor = 15 * time.Minute

// session is stored as JSON under the hash of its token.
type session struct {
	UserID  string     `json:"user"`
	Version int64      `json:"version"`         // the user's password version
	Via     string     `json:"via,omitempty"`   // the delivery whose mailed password opened it
	Began   time.Time  `json:"began"`           // the time of the log-in
	Last    time.Time  `json:"last,omitzero"`   // the previous log-in
	Source  netip.Addr `json:"source"`          // of the log-in; the zero value if it is not known
	Agent   string     `json:"agent,omitempty"` // the browser, see agentName
	Kept    string     `json:"kept,omitempty"`  // see Keep
}

// Ending says why the session that a request came with is over.
type Ending string

// The endings. A user who was blocked reads nothing else than one who was away.
const (
	EndedPassword Ending = "password" // the password was changed or revoked
	EndedMailed   Ending = "mailed"   // the mailed password that opened it has expired or was replaced
	EndedOther    Ending = "other"    // its time is over, it was ended from elsewhere, or its user was blocked
)

// Sessions are the sessions of the console. A cookie holds a random token, the
// database its hash. The user is read on every request. A session ends when the
// user's password version changes (a new password, a revocation), when the user
// is blocked or becomes an API user, or when the mailed password that opened it
// expires.
type Sessions struct {
	service *Service
	cookie  http.Cookie // without its value
}

// NewSessions returns the sessions of the console. secure is false only for plain
// HTTP on loopback, where browsers do not send a Secure cookie.
func (s *Service) NewSessions(secure bool) *Sessions {
	//nolint:gosec // not Secure on loopback alone
	cookie := http.Cookie{Name: "rekey", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure}
	if secure {
		cookie.Name = "__Host-rekey" // RFC 6265bis §4.1.3.2: this host, this path, TLS
	}
	return &Sessions{service: s, cookie: cookie}
}

// request is the state of a request: the session that it came with or was given.
type request struct {
	writer http.ResponseWriter
	token  string // the hash of the session's token; "" without a session
	session
	entry Entry // the user of the session, if in
	in    bool
	ended Ending // "" if the session holds, or there was none
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if v, ok := ctx.Value(requestKey{}).(*request); ok {
		return v
	}
	return &request{}
}

// Handler loads the session of each request and calls next, or failed with an
// error.
func (s *Sessions) Handler(next http.Handler, failed func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		v := &request{writer: w}
		ctx := context.WithValue(r.Context(), requestKey{}, v)
		r = r.WithContext(ctx)
		if cookie, err := r.Cookie(s.cookie.Name); err == nil && cookie.Value != "" {
			// The page of a run opens its stream again by itself, which must not
			// keep the session alive.
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

// EntryFrom returns the user of the session of a request, if there is one. Pages
// must check MustChange.
func EntryFrom(ctx context.Context) (Entry, bool) {
	v := requestOf(ctx)
	return v.entry, v.in
}

// EndedFrom returns why the session that a request came with is over; "" if it is not, or
// if there was none.
func EndedFrom(ctx context.Context) Ending { return requestOf(ctx).ended }

// Origin says where a session is opened from. Its user sees it later.
type Origin struct {
	Source netip.Addr
	Agent  string // the User-Agent of the request
}

// Begin starts a session for e under a new token, in place of the session of the
// request, and makes it that of the request. What was kept for the same user stays kept.
// Call it before any part of the answer is written.
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
	if v.UserID == begun.UserID {
		begun.Kept = v.Kept
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
	v.entry, v.in, err = s.check(ctx, begun, now)
	return err
}

// Keep stores a text with the session of a request, in place of an earlier one. It ends
// with the session. The caller seals it if nobody may read it in the database.
func (s *Sessions) Keep(ctx context.Context, text string) error {
	v := requestOf(ctx)
	kept := v.session
	kept.Kept = text
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	v.session = kept
	return s.service.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSessionData(ctx, v.token, data) })
}

// Kept returns the text of Keep; "" if there is none.
func (s *Sessions) Kept(ctx context.Context) string { return requestOf(ctx).Kept }

// End ends the session of a request, if it has one. Call it before any part of
// the answer is written.
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
	http.SetCookie(v.writer, &cookie)
}

// load reads the session and its user, and ends the session if it is not valid any
// more. With renew, it moves the end of the session.
func (s *Sessions) load(ctx context.Context, v *request, renew bool) error {
	now := s.service.Clock()
	data, found, err := s.service.Store.Session(ctx, v.token, now)
	if err != nil || !found {
		v.token = ""
		if err == nil {
			v.ended = EndedOther
			s.setCookie(v, "", -1) // so that it is said once
		}
		return err
	}
	if err := json.Unmarshal(data, &v.session); err != nil {
		v.ended = EndedOther
		return s.End(ctx) // an older program wrote it in another form
	}
	if v.entry, v.ended, err = s.state(ctx, v.session, now); err != nil {
		return err
	}
	if v.in = v.ended == ""; !v.in {
		return s.End(ctx)
	}
	if !renew {
		return nil
	}
	return s.service.touch(ctx, v.token, v.UserID, v.Began, now)
}

// Holds reports whether the session of a request is still valid, and returns its
// user. A long answer calls it again and again: meanwhile others may end the
// session, or change what its user may do.
func (s *Sessions) Holds(ctx context.Context) (Entry, bool, error) {
	v, now := requestOf(ctx), s.service.Clock()
	if _, found, err := s.service.Store.Session(ctx, v.token, now); err != nil || !found {
		return Entry{}, false, err
	}
	return s.check(ctx, v.session, now)
}

// check returns the user of a session, and whether the session is valid.
func (s *Sessions) check(ctx context.Context, stored session, now time.Time) (Entry, bool, error) {
	e, ended, err := s.state(ctx, stored, now)
	return e, err == nil && ended == "", err
}

// state returns the user of a session, and why it is over; "" if it is valid.
func (s *Sessions) state(ctx context.Context, stored session, now time.Time) (Entry, Ending, error) {
	e, ended, err := s.service.resume(ctx, stored, now)
	if err != nil || ended != "" {
		return Entry{}, ended, err
	}
	if now.Sub(stored.Began) >= sessionAbsolute {
		return Entry{}, EndedOther, nil
	}
	e.LastLogin = stored.Last
	return e, "", nil
}

// hashOf returns the hash under which a token is stored.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// resume returns the user of a session, and why it is over apart from its age; "" if it
// is not.
func (s *Service) resume(ctx context.Context, stored session, now time.Time) (Entry, Ending, error) {
	u, err := s.Store.User(ctx, stored.UserID)
	switch {
	case rekey.CodeOf(err) == rekey.CodeNotFound:
		return Entry{}, EndedOther, nil
	case err != nil:
		return Entry{}, "", err
	case u.Status != rekey.UserActive, stored.Via == "" && !consoleDoor(u, false):
		return Entry{}, EndedOther, nil
	case u.PasswordVersion != stored.Version:
		return Entry{}, EndedPassword, nil
	case stored.Via == "":
		return Entry{User: u}, "", nil
	}
	credential, err := s.Store.Credential(ctx, stored.UserID)
	if err != nil {
		return Entry{}, "", err
	}
	d := liveDelivery(credential, stored.Via, now)
	if d == nil {
		return Entry{}, EndedMailed, nil
	}
	return Entry{User: u, ViaDelivery: d.ID, ValidUntil: d.ValidUntil, ProvenUntil: stored.Began.Add(proofFor)}, "", nil
}

// touch moves the end of a session. It only changes an existing row, so that a
// request under way does not bring back a session that was ended.
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
