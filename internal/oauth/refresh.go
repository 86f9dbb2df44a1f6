package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// record is what is stored of a refresh token.
type record struct {
	Origin  string `json:"origin"`  // see Config.origin
	Refresh string `json:"refresh"` // the latest
	Access  access `json:"access"`
	// Renewing is the node that renews it, until Until.
	Renewing string    `json:"renewing,omitempty"`
	Until    time.Time `json:"until"`
}

// renewed is a record that is still to be stored, and the refresh token that it
// was got with: if that is not the stored one any more, another node was quicker.
type renewed struct {
	record
	with string
}

// errRenewed is returned when another node has renewed the token meanwhile.
var errRenewed = errors.New("another node has renewed the token")

// renew returns an access token by the refresh token: the one that another node
// has got, or a new one. Only one node asks at a time.
func (s *Source) renew(ctx context.Context) (access, error) {
	for {
		mine, found, err := s.claim(ctx)
		if err != nil {
			return access{}, err
		}
		if s.good(found.Access) {
			return found.Access, nil
		}
		if mine {
			// From here on a stop must not come between: the old refresh token may
			// have ended.
			return s.exchange(context.WithoutCancel(ctx), found)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return access{}, ctx.Err()
		}
	}
}

// claim reads the record and, if its access token is no good and nobody else
// renews it, notes that this node does.
func (s *Source) claim(ctx context.Context) (mine bool, found record, err error) {
	err = s.store.UpdateToken(ctx, func(stored []byte) ([]byte, error) {
		mine = false
		if found, err = s.parse(stored); err != nil || s.good(found.Access) {
			return nil, err
		}
		// Where it is further away, the other node's clock is wrong.
		if left := found.Until.Sub(s.now()); found.Renewing != "" && found.Renewing != s.node && 0 < left && left < 2*renewFor {
			return nil, nil
		}
		mine = true
		found.Renewing, found.Until = s.node, s.now().Add(renewFor)
		return json.Marshal(found)
	})
	return mine, found, err
}

// parse reads a record. One that comes from another refresh token than the one
// configured gives way to it.
func (s *Source) parse(stored []byte) (r record, err error) {
	fresh := record{Origin: s.config.origin(), Refresh: s.config.RefreshToken.Reveal()}
	if stored == nil {
		return fresh, nil
	}
	if err := json.Unmarshal(stored, &r); err != nil {
		return r, errors.New("the stored refresh token cannot be read")
	}
	if r.Origin != fresh.Origin {
		return fresh, nil
	}
	return r, nil
}

// exchange asks for a new access token and stores what came.
func (s *Source) exchange(ctx context.Context, r record) (access, error) {
	got, next, err := s.ask(ctx, r.Refresh)
	if err != nil {
		return access{}, errors.Join(err, s.store.UpdateToken(ctx, func(stored []byte) ([]byte, error) {
			now, err := s.parse(stored)
			if err != nil || now.Renewing != s.node {
				return nil, err
			}
			now.Renewing, now.Until = "", time.Time{}
			return json.Marshal(now)
		}))
	}
	s.unsaved = &renewed{record{Origin: r.Origin, Refresh: cmp.Or(next, r.Refresh), Access: got}, r.Refresh}
	return got, s.save(ctx)
}

// save stores what is still to be stored.
func (s *Source) save(ctx context.Context) error {
	err := s.store.UpdateToken(ctx, func(stored []byte) ([]byte, error) {
		now, err := s.parse(stored)
		if err != nil {
			return nil, err
		}
		if now.Refresh != s.unsaved.with || now.Origin != s.unsaved.Origin {
			return nil, errRenewed
		}
		return json.Marshal(s.unsaved.record)
	})
	if err != nil && !errors.Is(err, errRenewed) {
		return fmt.Errorf("the refresh token that has replaced the old one could not be stored yet: %w", err)
	}
	s.unsaved = nil
	return nil
}
