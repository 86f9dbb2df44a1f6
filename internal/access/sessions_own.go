package access

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"rekey/internal/store"

	"rekey"
)

// Session is a session of the console as its user sees it.
type Session struct {
	// ID is for EndOne. It is the hash of the token in the cookie, so nobody can
	// use the session with it.
	ID     string
	Began  time.Time
	Seen   time.Time  // the last request, within a minute
	Source netip.Addr // of the log-in; the zero value if it is not known
	Agent  string     // "Firefox on Windows"; "" if it is not known
	// Current: it is the session of this request.
	Current bool
	// MustChange: a mailed password opened it, and it may only change that.
	MustChange bool
}

// errNotIn refuses requests without a session, or with one that may only change
// the password.
var errNotIn = rekey.NewError(rekey.CodeForbidden, "Log in with your own password to see or end your sessions.")

// owner returns the user of a request, who may see and end their own sessions,
// and the hash of the request's session.
func (s *Sessions) owner(ctx context.Context) (userID, current string, err error) {
	e, in := EntryFrom(ctx)
	if !in || e.MustChange() {
		return "", "", errNotIn
	}
	return e.User.ID, requestOf(ctx).token, nil
}

// List returns the sessions of the user of a request: the current one first, then
// the last used first. ctx is the request's.
func (s *Sessions) List(ctx context.Context) ([]Session, error) {
	userID, current, err := s.owner(ctx)
	if err != nil {
		return nil, err
	}
	return s.list(ctx, userID, current)
}

func (s *Sessions) list(ctx context.Context, userID, current string) ([]Session, error) {
	now := s.service.Clock()
	type seen struct {
		Session
		session session
	}
	var stored []seen
	err := s.service.Store.SessionsOf(ctx, userID, now, func(token string, data []byte, at time.Time) error {
		var x session
		if err := json.Unmarshal(data, &x); err != nil {
			return nil //nolint:nilerr // an older version wrote it; its next request ends it
		}
		stored = append(stored, seen{Session{
			ID: token, Began: x.Began, Seen: at, Source: x.Source, Agent: x.Agent, Current: token == current, MustChange: x.Via != "",
		}, x})
		return nil
	})
	if err != nil {
		return nil, err
	}
	var list []Session
	for _, candidate := range stored {
		_, ended, err := s.service.resume(ctx, candidate.session, now)
		if err != nil {
			return nil, err
		}
		if ended == "" { // else its next request ends it
			list = append(list, candidate.Session)
		}
	}
	slices.SortStableFunc(list, func(a, b Session) int {
		switch {
		case a.Current:
			return -1
		case b.Current:
			return 1
		default:
			return 0
		}
	})
	return list, nil
}

// EndOne ends one session of the user of a request; it may be the current one.
// A session of another user is CodeNotFound.
func (s *Sessions) EndOne(ctx context.Context, id string) error {
	userID, current, err := s.owner(ctx)
	if err != nil {
		return err
	}
	if id == current {
		return s.End(ctx)
	}
	return s.service.Store.Update(ctx, func(tx *store.Tx) error {
		ended, err := tx.DeleteSessionOf(ctx, userID, id)
		if err == nil && !ended {
			err = rekey.NewError(rekey.CodeNotFound, "Session not found. It may have ended already.")
		}
		return err
	})
}

// EndOthers ends all sessions of the user of a request except the current one,
// and returns their number.
func (s *Sessions) EndOthers(ctx context.Context) (int, error) {
	userID, current, err := s.owner(ctx)
	if err != nil {
		return 0, err
	}
	list, err := s.list(ctx, userID, current)
	if err != nil {
		return 0, err
	}
	others := len(slices.DeleteFunc(list, func(x Session) bool { return x.Current }))
	return others, s.service.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteOtherSessions(ctx, userID, current) })
}

// Browsers and systems that people know by name. The first whose mark is in the
// header counts: most headers contain the marks of others, too.
var (
	programs = []struct{ mark, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"},
		{"curl/", "curl"},
	}
	systems = []struct{ mark, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

// agentName turns a User-Agent into words of ours; "" for an unknown one. The
// header itself is never shown: a stranger can send any text.
func agentName(header string) string {
	var name []string
	for _, p := range programs {
		if strings.Contains(header, p.mark) {
			name = append(name, p.name)
			break
		}
	}
	for _, system := range systems {
		if strings.Contains(header, system.mark) {
			name = append(name, system.name)
			break
		}
	}
	return strings.Join(name, " on ")
}
