package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// record is the stored state of a refresh token.
type record struct {
	Origin  string `json:"origin"`  // see Config.origin
	Refresh string `json:"refresh"` // the latest
	Access  access `json:"access"`
	// Renewing is the node that renews it, until Until.
	Renewing string    `json:"renewing,omitempty"`
	Until    time.Time `json:"until"`
}

// renewed is a record that is not stored yet, and the refresh token that was used
// to get it: if another one is stored, another node was quicker.
type renewed struct {
	record
	with string
}

// errRenewed is returned when another node has renewed the token meanwhile.
var errRenewed = errors.New("another node has renewed the token")

// renew returns an access token for the refresh token: one from another node, or a
// new one. Only one node asks the provider at a time.
func (s *Source) renew(ctx context.Context) (access, error) {
	for {
		mine, found, err := s.claim(ctx)
		if err != nil {
			return access{}, err
		}
		if s.usable(found.Access) {
			return found.Access, nil
		}
		if mine {
			// A stop must not interrupt this: the old refresh token may have ended.
			return s.exchange(context.WithoutCancel(ctx), found)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return access{}, ctx.Err()
		}
	}
}

// claim reads the record. If its access token is not usable and no other node
// renews it, claim notes that this node does, and mine is true.
func (s *Source) claim(ctx context.Context) (mine bool, found record, err error) {
	err = s.store.UpdateToken(ctx, func(stored []byte) ([]byte, error) {
		mine = false
		if found, err = s.parse(stored); err != nil || s.usable(found.Access) {
			return nil, err
		}
		// If Until is further away, the other node's clock is wrong.
		if left := found.Until.Sub(s.now()); found.Renewing != "" && found.Renewing != s.node && 0 < left && left < 2*renewFor {
			return nil, nil
		}
		mine = true
		found.Renewing, found.Until = s.node, s.now().Add(renewFor)
		return json.Marshal(found)
	})
	return mine, found, err
}

// parse reads a record. If it comes from another refresh token than the configured
// one, parse returns a new record.
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

// exchange asks for a new access token and stores the answer.
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

// save stores s.unsaved.
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
