package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rekey"
	"rekey/client"
)

// remote holds the server and the token of a command.
type remote struct {
	Server string `env:"REKEY_SERVER" default:"http://127.0.0.1:8440" placeholder:"URL" help:"The server."`
	Token  string `env:"REKEY_TOKEN" placeholder:"TOKEN" help:"A bearer token. The variable REKEY_TOKEN is safer: other users of the machine cannot see it."`
	JSON   bool   `name:"json" help:"Print JSON, for programs."`
}

// ProvideClient returns a client for the server, which kong hands to the commands
// that take one. The credentials are the token or, if there is none, REKEY_USER and
// REKEY_PASSWORD.
func (r remote) ProvideClient(e *env) (*client.Client, error) {
	address, err := url.Parse(r.Server)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("--server: %q is not an address; give one such as https://rekey.example.org", r.Server)
	}
	user, password := e.getenv("REKEY_USER"), e.getenv("REKEY_PASSWORD")
	who := client.WithToken(r.Token)
	switch {
	case r.Token != "":
	case user != "" && password != "":
		who = client.WithPassword(user, password)
	default:
		return nil, errors.New("credentials are missing; set REKEY_TOKEN, or REKEY_USER and REKEY_PASSWORD")
	}
	return client.New(r.Server, who, client.WithUserAgent("rekey/"+versionText())), nil
}

// answer prints a value as JSON, or a message for people.
func (r remote) answer(e *env, value any, format string, args ...any) error {
	if r.JSON {
		return e.json(value)
	}
	return e.say(format, args...)
}

// findUser returns a system user by address or id.
func findUser(ctx context.Context, c *client.Client, name string) (client.User, error) {
	u, err := c.User(ctx, name)
	return u, notFound(err, "system user", name)
}

// findSelection returns a selection by name or id.
func findSelection(ctx context.Context, c *client.Client, name string) (rekey.Selection, error) {
	for s, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[rekey.Selection], error) {
		return c.Selections(ctx, client.SelectionFilter{Paging: p})
	}) {
		if err != nil || s.ID == name || rekey.NameKey(s.Name) == rekey.NameKey(name) {
			return s, err
		}
	}
	return rekey.Selection{}, fmt.Errorf("there is no selection %q; see rekey selection list", name)
}

// findAutomation returns an automation by name or id.
func findAutomation(ctx context.Context, c *client.Client, name string) (client.Automation, error) {
	for a, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Automation], error) {
		return c.Automations(ctx, client.AutomationFilter{Paging: p})
	}) {
		if err != nil || a.ID == name || rekey.NameKey(a.Name) == rekey.NameKey(name) {
			return a, err
		}
	}
	return client.Automation{}, fmt.Errorf("there is no automation %q; see rekey automation list", name)
}

// firstOf returns the first entries of a list, or all of it if limit is 0.
func firstOf[T any](ctx context.Context, limit int, list func(context.Context, client.Paging) (client.Page[T], error)) ([]T, error) {
	if limit < 0 {
		return nil, errors.New("--limit: give a number, or 0 for all")
	}
	found := []T{}
	for item, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[T], error) {
		if limit > 0 {
			p.Limit = min(p.Limit, limit)
		}
		return list(ctx, p)
	}) {
		if err != nil {
			return nil, err
		}
		if found = append(found, item); len(found) == limit {
			break
		}
	}
	return found, nil
}

// notFound adds the kind and the name to an error that something does not exist.
func notFound(err error, kind, name string) error {
	var p *client.Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return fmt.Errorf("there is no %s %s; see rekey %s list", kind, name, kind[strings.LastIndex(kind, " ")+1:])
	}
	return err
}
