package client

import (
	"context"
	"net/url"

	"rekey"
)

// Account returns who is calling.
func (c *Client) Account(ctx context.Context) (Account, error) {
	var a Account
	err := c.do(ctx, call{method: "GET", path: "/account"}, &a)
	return a, err
}

// ChangePassword chooses one's own password. It is the one call that a mailed
// password may make.
func (c *Client) ChangePassword(ctx context.Context, change PasswordChange) error {
	return c.do(ctx, call{method: "PUT", path: "/account/password", body: change}, nil)
}

// Users lists system users in the order of their creation.
func (c *Client) Users(ctx context.Context, filter UserFilter) (Page[User], error) {
	v := filter.values()
	set(v, "search", filter.Search)
	set(v, "type", filter.Type)
	set(v, "role", filter.Role)
	set(v, "status", filter.Status)
	return page[User](ctx, c, "/users", v)
}

// User returns a system user by id or address.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	var u User
	err := c.do(ctx, call{method: "GET", path: "/users/" + url.PathEscape(id)}, &u)
	return u, err
}

// CreateUser creates a system user, without a password.
func (c *Client) CreateUser(ctx context.Context, u User) (User, error) {
	var saved User
	err := c.do(ctx, call{method: "POST", path: "/users", body: u}, &saved)
	return saved, err
}

// UpdateUser saves a system user, on condition that u.Version is still the stored
// one; otherwise the problem has status 412.
func (c *Client) UpdateUser(ctx context.Context, u User) (User, error) {
	var saved User
	err := c.do(ctx, call{method: "PUT", path: "/users/" + url.PathEscape(u.ID), body: u, version: u.Version}, &saved)
	return saved, err
}

// DeleteUser deletes a system user of that version. It is refused while they own
// anything.
func (c *Client) DeleteUser(ctx context.Context, id string, version int64) error {
	return c.DeleteUserAndHandOn(ctx, id, version, "")
}

// DeleteUserAndHandOn does DeleteUser and HandOn in one step.
func (c *Client) DeleteUserAndHandOn(ctx context.Context, id string, version int64, owner string) error {
	return c.do(ctx, call{method: "DELETE", path: "/users/" + url.PathEscape(id), query: toOwner(owner), version: version}, nil)
}

// BlockUser blocks a system user. While they are blocked, runs of their automations
// are held.
func (c *Client) BlockUser(ctx context.Context, id string) (User, error) {
	return c.BlockUserAndHandOn(ctx, id, "")
}

// BlockUserAndHandOn does BlockUser and HandOn in one step.
func (c *Client) BlockUserAndHandOn(ctx context.Context, id, owner string) (User, error) {
	var u User
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/block", query: toOwner(owner)}, &u)
	return u, err
}

func toOwner(owner string) url.Values {
	if owner == "" {
		return nil
	}
	return url.Values{"owner": {owner}}
}

// RestoreUser lifts the block on a system user.
func (c *Client) RestoreUser(ctx context.Context, id string) (User, error) {
	var u User
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/restore"}, &u)
	return u, err
}

// HandOn gives every automation and selection of a system user to another owner,
// by address or id.
func (c *Client) HandOn(ctx context.Context, id, owner string) (Holdings, error) {
	var h Holdings
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/hand-on", body: Transfer{owner}}, &h)
	return h, err
}

// SendPassword sends a system user a new password now, through a built-in
// automation.
func (c *Client) SendPassword(ctx context.Context, id string) (PasswordSent, error) {
	var sent PasswordSent
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/password"}, &sent)
	return sent, err
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
