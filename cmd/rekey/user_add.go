package main

import (
	"context"
	"fmt"
	"strings"

	"rekey"
	"rekey/client"
)

type userAddCommand struct {
	remote

	Address string `arg:"" help:"Email address; it is the user name."`
	Type    string `default:"ui" placeholder:"TYPE" help:"ui logs in to the console, api calls the API, hybrid does both."`
	Role    string `default:"member" placeholder:"ROLE" help:"administrator, manager, operator or member."`
	userTexts
	Attribute map[string]string `mapsep:"none" placeholder:"NAME=TEXT" help:"For conditions of selections. May be repeated."`
	Source    []string          `sep:"none" placeholder:"SOURCE=NAME,…" help:"Events that an API user may post: a source, and names of events that may end in *. May be repeated."`

	SendPassword bool `help:"Send a first password now."`
}

// Run implements the command.
func (u *userAddCommand) Run(ctx context.Context, e *env) error {
	sources, err := parseSources(u.Source)
	if err != nil {
		return err
	}
	c, err := u.ProvideClient(e)
	if err != nil {
		return err
	}
	user := client.User{Address: u.Address, Type: u.Type, Role: u.Role, Attributes: u.Attribute, Sources: sources}
	u.write(&user)
	if user, err = c.CreateUser(ctx, user); err != nil {
		return err
	}
	if u.SendPassword {
		if _, err := c.SendPassword(ctx, user.ID); err != nil {
			return fmt.Errorf("%s was created, but gets no password: %w", user.Address, err)
		}
	}
	if u.JSON {
		return e.json(user)
	}
	if u.SendPassword {
		return e.say("Created %s; a first password is on its way.", user.Address)
	}
	return e.say("Created %s; send a first password with: rekey user send-password %s", user.Address, user.Address)
}

func parseSources(texts []string) ([]rekey.EventSource, error) {
	sources := make([]rekey.EventSource, 0, len(texts))
	for _, text := range texts {
		source, names, found := strings.Cut(text, "=")
		if !found || source == "" || names == "" {
			return nil, fmt.Errorf("--source: %q is not a source with names; write a source such as /siem=siem.*,other.name", text)
		}
		sources = append(sources, rekey.EventSource{Source: source, Names: strings.Split(names, ",")})
	}
	return sources, nil
}
