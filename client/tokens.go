package client

import (
	"context"
	"net/url"

	"rekey"
)

// NewToken asks for a bearer token.
type NewToken struct {
	Name          string `json:"name" doc:"What it is for: 1 to 100 characters."`
	ExpiresInDays int    `json:"expires_in_days,omitempty" minimum:"1" maximum:"365" doc:"1 to 365; 90 if left out."`
}

// IssuedToken is a new token with its text, which is never shown again.
type IssuedToken struct {
	rekey.Token

	Text string `json:"token" doc:"Send it as Authorization: Bearer. It is shown only once." example:"rk_…"`
}

// Tokens lists the bearer tokens of a system user, or with "" one's own.
func (c *Client) Tokens(ctx context.Context, userID string) (Page[rekey.Token], error) {
	return page[rekey.Token](ctx, c, tokensPath(userID), nil)
}

// CreateToken makes a bearer token for a system user, or with "" for oneself.
func (c *Client) CreateToken(ctx context.Context, userID string, t NewToken) (IssuedToken, error) {
	var issued IssuedToken
	err := c.do(ctx, call{method: "POST", path: tokensPath(userID), body: t}, &issued)
	return issued, err
}

// DeleteToken ends a bearer token.
func (c *Client) DeleteToken(ctx context.Context, id string) error {
	return c.do(ctx, call{method: "DELETE", path: "/tokens/" + url.PathEscape(id)}, nil)
}

func tokensPath(userID string) string {
	if userID == "" {
		return "/tokens"
	}
	return "/users/" + url.PathEscape(userID) + "/tokens"
}
