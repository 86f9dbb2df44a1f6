package main

import (
	"context"
	"time"

	"rekey/client"
)

type tokenCommands struct {
	Create tokenCreateCommand `cmd:"" help:"Create a bearer token; its text is shown only once."`
	List   tokenListCommand   `cmd:"" help:"List bearer tokens."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke a bearer token."`
}

type tokenCreateCommand struct {
	remote

	Name string `arg:"" help:"What it is for."`
	User string `placeholder:"ADDRESS" help:"The system user; yourself if left out."`
	Days int    `default:"90" placeholder:"N" help:"Days until it expires: 1 to 365."`
}

// Run implements the command.
func (t *tokenCreateCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	token, err := c.CreateToken(ctx, t.User, client.NewToken{Name: t.Name, ExpiresInDays: t.Days})
	if err != nil {
		return notFound(err, "system user", t.User)
	}
	return t.answer(e, token, "%s", token.Text)
}

type tokenListCommand struct {
	remote

	User string `placeholder:"ADDRESS" help:"The system user; yourself if left out."`
}

// Run implements the command.
func (t *tokenListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	page, err := c.Tokens(ctx, t.User)
	if err != nil {
		return notFound(err, "system user", t.User)
	}
	if t.JSON {
		return e.json(page.Items)
	}
	var rows [][]string
	for _, token := range page.Items {
		state := "in use"
		switch {
		case !token.ExpiresAt.After(time.Now()):
			state = "expired"
		case token.Resting:
			state = "must be confirmed after a restore"
		case token.LastUsedAt.IsZero():
			state = "never used"
		}
		rows = append(rows, []string{token.ID, token.Name, state, moment(token.ExpiresAt), dash(moment(token.LastUsedAt))})
	}
	return e.table([]string{"ID", "NAME", "STATE", "EXPIRES", "LAST USED"}, rows)
}

type tokenRevokeCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The token's id."`
}

// Run implements the command.
func (t *tokenRevokeCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	if err := c.DeleteToken(ctx, t.ID); err != nil {
		return notFound(err, "token", t.ID)
	}
	return e.say("The token is revoked.")
}
