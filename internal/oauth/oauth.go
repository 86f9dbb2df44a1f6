// Package oauth gets the access tokens that log in to the mail account where the
// provider takes no password (RFC 6749): by client credentials, or by a refresh
// token that somebody has consented to.
//
//	Token ──► the one at hand, while it is valid
//	  └────► client credentials: asked for, by each node on its own
//	  └────► refresh token: the record in the database
//	           ├─ has a valid access token: another node has asked for it
//	           ├─ is being renewed by another node: wait, and look again
//	           └─ else: note that this node renews it, ask, store what came
//
// Providers replace a refresh token when it is used. The new one is stored before
// the access token that came with it is used; until that succeeds it is kept and
// stored with the next call. A node that ends in between loses it where the
// provider ends the old one at once: the operator must consent again.
package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"rekey"
)

// Config says where tokens come from.
type Config struct {
	TokenURL     string // https, or http on loopback
	ClientID     string
	ClientSecret rekey.Secret // none for a public client with a refresh token
	Scopes       []string
	// RefreshToken is the one that somebody has consented to; the zero value
	// means client credentials. It is used once: what replaces it is in the
	// store, until another one is given here.
	RefreshToken rekey.Secret
}

// Store keeps the record of a refresh token, sealed.
type Store interface {
	// UpdateToken runs fn on the record in a transaction that no other node comes
	// between, nil if there is none, and stores what it returns unless that is
	// nil. fn may be run again.
	UpdateToken(ctx context.Context, fn func(record []byte) ([]byte, error)) error
}

const (
	// askTimeout is how long the provider may take. It is well below renewFor.
	askTimeout = 30 * time.Second
	// renewFor is how long others wait for a node that renews a token.
	renewFor = time.Minute
	// lookEvery is how often they look whether it has.
	lookEvery = 250 * time.Millisecond
	// spare is how long a token must still be valid to be used.
	spare = time.Minute
	// unsaid is how long a token is taken for valid if the provider does not say.
	unsaid = 5 * time.Minute
)

// Source gives access tokens. It is safe for concurrent use.
type Source struct {
	config Config
	client *http.Client
	store  Store
	now    func() time.Time
	node   string

	turn    chan struct{} // held by whoever gets a token
	access  access
	refused string   // the token that the mail server did not take
	unsaved *renewed // what could not be stored yet
}

// access is a token and until when it is valid.
type access struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// New returns a source. store is needed for a refresh token only; node is this
// process's name among those on the same database, and now the clock.
func New(c Config, store Store, node string, now func() time.Time) *Source {
	return &Source{
		config: c, store: store, now: now, node: node, turn: make(chan struct{}, 1),
		client: &http.Client{
			Timeout: askTimeout,
			// The secret is for the address that was given, and no other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Token implements mail.Tokens. Its error is fit to be shown: it has what the
// provider says, and no secret.
func (s *Source) Token(ctx context.Context) (rekey.Secret, error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return rekey.Secret{}, ctx.Err()
	}
	defer func() { <-s.turn }()
	if s.unsaved != nil {
		if err := s.save(context.WithoutCancel(ctx)); err != nil {
			return rekey.Secret{}, err
		}
	}
	if !s.good(s.access) {
		var err error
		if s.config.RefreshToken.IsZero() {
			s.access, _, err = s.ask(ctx, "")
		} else {
			s.access, err = s.renew(ctx)
		}
		if err != nil {
			return rekey.Secret{}, err
		}
	}
	return rekey.NewSecret(s.access.Token), nil
}

// Refused implements mail.Tokens.
func (s *Source) Refused(token rekey.Secret) {
	s.turn <- struct{}{}
	s.refused = token.Reveal()
	<-s.turn
}

func (s *Source) good(a access) bool {
	return a.Token != "" && a.Token != s.refused && s.now().Add(spare).Before(a.Expires)
}

// ask gets a token from the provider, with the refresh token that replaces the
// one given.
func (s *Source) ask(ctx context.Context, refresh string) (access, string, error) {
	c := clientcredentials.Config{
		ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret.Reveal(), TokenURL: s.config.TokenURL, Scopes: s.config.Scopes,
	}
	if refresh != "" { // the same request except for these (RFC 6749 §4.4.2, §6)
		c.EndpointParams = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	}
	token, err := c.Token(context.WithValue(ctx, oauth2.HTTPClient, s.client))
	if err != nil {
		return access{}, "", s.explain(err, refresh)
	}
	if kind := token.Type(); !strings.EqualFold(kind, "Bearer") {
		return access{}, "", fmt.Errorf("the token service gives a token of the kind %q, and not Bearer", kind)
	}
	// By the clock of the source, and not of the library.
	valid := unsaid
	if token.ExpiresIn > 0 {
		valid = time.Duration(token.ExpiresIn) * time.Second
	} else if !token.Expiry.IsZero() {
		valid = time.Until(token.Expiry)
	}
	return access{token.AccessToken, s.now().Add(valid)}, token.RefreshToken, nil
}

// explain is what the provider says, without a secret: the body of an answer that
// is not by the standard may be anything and is left out.
func (s *Source) explain(err error, refresh string) error {
	var refused *oauth2.RetrieveError
	var inURL *url.Error
	var text string
	switch {
	case errors.As(err, &refused) && refused.ErrorCode != "":
		text = "the token service refuses: " + refused.ErrorCode
		if refused.ErrorDescription != "" {
			text += ": " + refused.ErrorDescription
		}
	case errors.As(err, &refused):
		text = "the token service answers " + refused.Response.Status
	case errors.As(err, &inURL):
		text = "the token service cannot be reached: " + inURL.Err.Error()
	default: // a page of a portal, for instance
		text = "the token service gives no token: " + strings.TrimPrefix(err.Error(), "oauth2: ")
	}
	for _, secret := range []string{s.config.ClientSecret.Reveal(), refresh, s.config.RefreshToken.Reveal()} {
		if secret == "" {
			continue
		}
		text = strings.ReplaceAll(text, secret, "[redacted]")
		text = strings.ReplaceAll(text, url.QueryEscape(secret), "[redacted]")
	}
	return errors.New(text)
}

// origin tells whether a record comes from the refresh token that is configured.
func (c Config) origin() string {
	sum := sha256.Sum256([]byte(c.TokenURL + "\x00" + c.ClientID + "\x00" + c.RefreshToken.Reveal()))
	return hex.EncodeToString(sum[:])
}
