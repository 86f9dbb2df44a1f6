package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/server"
)

// caller is who sent a request.
type caller struct {
	access.Entry

	By string // byPassword or byToken
}

const (
	byPassword = "password"
	byToken    = "token"
)

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

var errNoCredentials = rekey.NewError(rekey.CodeUnauthenticated,
	"Send the email address and password of an API or Hybrid user (Basic), or a token (Bearer).")

// recognise returns the caller of a request, with the system user as stored now.
// forChange: the request changes the password, so a mailed password is accepted.
func (a *API) recognise(r *http.Request, forChange bool) (caller, error) {
	ctx, from := r.Context(), server.From(r.Context())
	c, err := a.credentials(ctx, r, from, forChange)
	if err == nil {
		from.Note(slog.String("user_id", c.User.ID))
	}
	return c, err
}

func (a *API) credentials(ctx context.Context, r *http.Request, from *server.Request, forChange bool) (caller, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return caller{}, errNoCredentials
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		user, err := a.access.Bearer(ctx, rekey.NewSecret(strings.TrimSpace(token)))
		return caller{access.Entry{User: user}, byToken}, err
	case strings.EqualFold(scheme, "Basic"):
		address, text, ok := r.BasicAuth()
		if !ok {
			return caller{}, errNoCredentials
		}
		if strings.EqualFold(rekey.TypedText(address), "mailto") {
			address, text, _ = strings.Cut(text, ":") // the name was copied from a link; Basic splits at the first colon
		}
		if forChange {
			entry, err := a.access.BasicForChange(ctx, address, rekey.NewSecret(text), from.Source)
			return caller{entry, byPassword}, err
		}
		user, err := a.access.Basic(ctx, address, rekey.NewSecret(text), from.Source)
		return caller{access.Entry{User: user}, byPassword}, err
	default:
		return caller{}, errNoCredentials
	}
}
