package api

import (
	"context"
	"net/http"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/server"
)

// changePassword is the only operation that a mailed password may call.
const changePassword = "change-password"

func (a *API) accountRoutes() {
	const tag = "Account"
	handle(a, route{id: "get-account", method: http.MethodGet, path: "/account", tag: tag, summary: "Who am I?"},
		func(ctx context.Context, caller rekey.SystemUser, _ *nothing) (*plain[client.Account], error) {
			return answer(client.Account{User: a.user(caller), By: callerOf(ctx).By}, nil)
		})
	handle(a, route{id: changePassword, method: http.MethodPut, path: "/account/password", tag: tag, status: http.StatusNoContent,
		summary: "Choose your own password",
		about:   "The only call for which a mailed password works. It ends all mailed passwords and all other sessions of the caller.",
		errors:  []int{http.StatusConflict}}, a.changePassword)
}

func (a *API) changePassword(ctx context.Context, _ rekey.SystemUser, in *struct{ Body client.PasswordChange }) (*nothing, error) {
	_, err := a.access.ChangePassword(ctx, callerOf(ctx).Entry, rekey.NewSecret(in.Body.CurrentPassword),
		rekey.NewSecret(in.Body.NewPassword), server.From(ctx).Source)
	return &nothing{}, err
}

// NewToken is the input of create-token.
type NewToken struct{ Body client.NewToken }

type newTokenOf struct {
	OneUser
	NewToken
}

func (a *API) tokenRoutes() {
	const tag = "Tokens"
	handle(a, route{id: "list-tokens", method: http.MethodGet, path: "/tokens", tag: tag, summary: "List your own tokens"},
		func(ctx context.Context, caller rekey.SystemUser, _ *nothing) (*plain[client.Page[rekey.Token]], error) {
			return a.listTokens(ctx, caller, caller.ID)
		})
	handle(a, route{id: "create-token", method: http.MethodPost, path: "/tokens", tag: tag, status: http.StatusCreated,
		summary: "Create a token for yourself",
		about:   "The answer contains its text, which is never shown again. Call with the password (Basic): a token cannot create another token for its own user."},
		func(ctx context.Context, caller rekey.SystemUser, in *NewToken) (*plain[client.IssuedToken], error) {
			return a.createToken(ctx, caller, caller.ID, in.Body)
		})
	handle(a, route{id: "delete-token", method: http.MethodDelete, path: "/tokens/{id}", tag: tag, status: http.StatusNoContent,
		summary: "Revoke a token", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*nothing, error) {
			return &nothing{}, a.admin.RevokeToken(ctx, caller, in.ID)
		})
	handle(a, route{id: "list-user-tokens", method: http.MethodGet, path: "/users/{id}/tokens", tag: tag,
		summary: "List the tokens of a system user", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneUser) (*plain[client.Page[rekey.Token]], error) {
			return a.listTokens(ctx, caller, in.ID)
		})
	handle(a, route{id: "create-user-token", method: http.MethodPost, path: "/users/{id}/tokens", tag: tag, status: http.StatusCreated,
		summary: "Create a token for a system user", about: "For an API or Hybrid user. The answer contains the token's text, which is never shown again.",
		errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *newTokenOf) (*plain[client.IssuedToken], error) {
			return a.createToken(ctx, caller, in.ID, in.Body)
		})
}

func (a *API) listTokens(ctx context.Context, caller rekey.SystemUser, userID string) (*plain[client.Page[rekey.Token]], error) {
	found, err := a.admin.Tokens(ctx, caller, userID)
	return answer(client.Page[rekey.Token]{Items: append([]rekey.Token{}, found...)}, err)
}

func (a *API) createToken(ctx context.Context, caller rekey.SystemUser, userID string, w client.NewToken) (*plain[client.IssuedToken], error) {
	t, text, err := a.admin.CreateToken(ctx, caller, admin.TokenRequest{
		UserID: userID, Name: w.Name, Life: time.Duration(w.ExpiresInDays) * 24 * time.Hour, ByToken: callerOf(ctx).By == byToken,
	})
	if err != nil {
		return nil, err
	}
	return answer(client.IssuedToken{Token: t, Text: text.Reveal()}, nil)
}
