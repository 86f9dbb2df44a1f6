// Package oauth gets access tokens (RFC 6749) for mail accounts whose provider
// takes no password: by client credentials, or by a refresh token to which a person
// has consented.
//
// Token ──► the current token, while it is valid
//
//	└────► client credentials: each node asks the provider on its own
//	└────► refresh token: the record in the database
//	         ├─ has a valid access token, from another node: use it
//	         ├─ another node is renewing it: wait, and read it again
//	         └─ else: note that this node renews it, ask, store the answer
//
// A provider may replace a refresh token when it is used. The new one is stored
// before the access token that came with it is used. If storing fails, the next
// call tries again. If the node ends before, and the old refresh token has ended, a
// person must consent again.
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

// Config holds the settings of the provider.
type Config struct {
	TokenURL     string // https, or http on loopback
	ClientID     string
	ClientSecret rekey.Secret // none for a public client with a refresh token
	Scopes       []string
	// RefreshToken is the first one, from a person's consent; the zero value means
	// client credentials. The store keeps the one that replaces it, until another
	// one is set here.
	RefreshToken rekey.Secret
}

// Store keeps the record of a refresh token, sealed.
type Store interface {
	// UpdateToken calls fn with the record, nil if there is none, and stores the
	// result unless it is nil. It does so in one transaction, in which the record
	// is locked. fn may be called more than once.
	UpdateToken(ctx context.Context, fn func(record []byte) ([]byte, error)) error
}

const (
	// askTimeout limits a request to the provider. It is well below renewFor.
	askTimeout = 30 * time.Second
	// renewFor is how long other nodes wait for the node that renews a token.
	renewFor = time.Minute
	// lookEvery is the time between two reads of the waiting nodes.
	lookEvery = 250 * time.Millisecond
	// minValidity is how long a token must still be valid to be used.
	minValidity = time.Minute
	// defaultValidity is for tokens whose validity the provider does not say.
	defaultValidity = 5 * time.Minute
)

// Source gives access tokens. It is safe for concurrent use.
type Source struct {
	config Config
	client *http.Client
	store  Store
	now    func() time.Time
	node   string

	turn    chan struct{} // a lock for the fields below
	access  access
	refused string   // the token that the mail server refused
	unsaved *renewed // not stored yet
}

// access is an access token.
type access struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// New returns a source. store is needed only for a refresh token. node names this
// process among those on the same database.
func New(c Config, store Store, node string, now func() time.Time) *Source {
	return &Source{
		config: c, store: store, now: now, node: node, turn: make(chan struct{}, 1),
		client: &http.Client{
			Timeout: askTimeout,
			// Another address must not get the secret.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Token implements mail.Tokens. Its error can be shown: it has the provider's
// message and no secret.
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
	if !s.usable(s.access) {
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

func (s *Source) usable(a access) bool {
	return a.Token != "" && a.Token != s.refused && s.now().Add(minValidity).Before(a.Expires)
}

// ask gets an access token from the provider. It also returns the refresh token
// that replaces the given one, or "".
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
		return access{}, "", fmt.Errorf("the token service gives a token of type %q, not Bearer", kind)
	}
	// Use the clock of the source, not of the library.
	valid := defaultValidity
	if token.ExpiresIn > 0 {
		valid = time.Duration(token.ExpiresIn) * time.Second
	} else if !token.Expiry.IsZero() {
		valid = time.Until(token.Expiry)
	}
	return access{token.AccessToken, s.now().Add(valid)}, token.RefreshToken, nil
}

// explain returns the provider's message without secrets. It leaves out the body of
// an answer that does not follow the standard.
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

// origin identifies the configured refresh token in a record.
func (c Config) origin() string {
	sum := sha256.Sum256([]byte(c.TokenURL + "\x00" + c.ClientID + "\x00" + c.RefreshToken.Reveal()))
	return hex.EncodeToString(sum[:])
}
