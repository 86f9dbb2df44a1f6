package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"rekey/client"
)

type accountCommands struct {
	Show     accountShowCommand     `cmd:"" help:"Show your account."`
	Password accountPasswordCommand `cmd:"" help:"Choose your own password."`
}

type accountShowCommand struct{ remote }

// Run implements the command.
func (a *accountShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	account, err := c.Account(ctx)
	if err != nil {
		return err
	}
	if a.JSON {
		return e.json(account)
	}
	return e.facts(fact{"Address", account.User.Address}, fact{"Name", fullName(account.User)}, fact{"Type", account.User.Type},
		fact{"Role", account.User.Role}, fact{"Recognised by", account.By}, fact{"Id", account.User.ID})
}

type accountPasswordCommand struct{ remote }

// Help implements kong.HelpProvider.
func (accountPasswordCommand) Help() string {
	return "The current password, chosen or mailed, comes from REKEY_PASSWORD. The new password is the first line of standard input; on a terminal you are asked for it."
}

// Run implements the command.
func (a *accountPasswordCommand) Run(ctx context.Context, e *env) error {
	current := e.getenv("REKEY_PASSWORD")
	if a.Token != "" || current == "" {
		return errors.New("a token cannot choose a password; set REKEY_USER and REKEY_PASSWORD, and no token")
	}
	c, err := a.ProvideClient(e)
	if err != nil {
		return err
	}
	chosen, err := e.readPassword()
	if err != nil {
		return err
	}
	if err := c.ChangePassword(ctx, client.PasswordChange{CurrentPassword: current, NewPassword: chosen}); err != nil {
		return err
	}
	return e.say("Your password is changed. All your mailed passwords and sessions have ended.")
}

// readPassword reads a new password: one line, not shown on a terminal.
func (e *env) readPassword() (string, error) {
	if file, ok := e.stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		_, _ = fmt.Fprint(e.stderr, "New password: ")
		text, err := term.ReadPassword(int(file.Fd()))
		_, _ = fmt.Fprintln(e.stderr)
		return string(text), err
	}
	line, err := bufio.NewReader(e.stdin).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.Join(errors.New("no new password was given; write it as the first line of standard input"), err)
	}
	return line, nil
}
