package main

import (
	"context"
	"errors"
	"fmt"

	"rekey/client"
)

// chosenPeople are the system users that a command is about: those named, or all that match.
type chosenPeople struct {
	Users  []string `arg:"" optional:"" name:"user" help:"Addresses or ids."`
	All    bool     `help:"All that match the next four options, at most 10,000, and not those named."`
	Search string   `placeholder:"TEXT" help:"With --all: part of a name or address."`
	Type   string   `placeholder:"TYPE" help:"With --all: ui, api or hybrid."`
	Role   string   `placeholder:"ROLE" help:"With --all: administrator, manager, operator or member."`
	Status string   `placeholder:"STATUS" help:"With --all: active or blocked."`
}

// chosen are the people for a request.
func (p chosenPeople) chosen() (client.People, error) {
	matching := client.Matching{Search: p.Search, Type: p.Type, Role: p.Role, Status: p.Status}
	switch {
	case p.All && len(p.Users) > 0:
		return client.People{}, errors.New("name system users, or use --all: not both")
	case p.All:
		return client.People{Matching: &matching}, nil
	case matching != client.Matching{}:
		return client.People{}, errors.New("--search, --type, --role and --status need --all")
	case len(p.Users) == 0:
		return client.People{}, errors.New("name at least one system user, or use --all")
	default:
		return client.People{SystemUsers: p.Users}, nil
	}
}

// refused names those with whom nothing was done, and why.
func (e *env) refused(people client.RefusedPeople) {
	for _, r := range people.Refused {
		_, _ = fmt.Fprintln(e.stderr, "refused: "+onLine(r.SystemUser)+": "+onLine(r.Why))
	}
	if people.RefusedMore > 0 {
		_, _ = fmt.Fprintf(e.stderr, "refused: %d more\n", people.RefusedMore)
	}
}

type userChangeCommand struct {
	remote
	chosenPeople

	Block     bool              `xor:"action" help:"Blocks them."`
	Restore   bool              `xor:"action" help:"Restores them."`
	Language  *string           `placeholder:"TAG" help:"Such as en or de-CH; empty for the system default."`
	Attribute map[string]string `mapsep:"none" placeholder:"NAME=TEXT" help:"Sets an attribute; NAME= removes it. May be repeated."`
	DryRun    bool              `help:"Only say what would be done."`
}

// Help implements kong.HelpProvider.
func (userChangeCommand) Help() string {
	return "Each system user is judged alone. Those who are refused are named with the reason, and keep nobody else from it."
}

// Run implements the command.
func (u *userChangeCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	chosen, err := u.chosen()
	if err != nil {
		return err
	}
	changes := client.UserChanges{People: chosen, Action: "set", Language: u.Language, Attributes: u.Attribute, DryRun: u.DryRun}
	switch {
	case u.Block:
		changes.Action = "block"
	case u.Restore:
		changes.Action = "restore"
	}
	changed, err := c.ChangeUsers(ctx, changes)
	if err != nil {
		return err
	}
	if u.JSON {
		return e.json(changed)
	}
	e.refused(changed.RefusedPeople)
	dry := ""
	if u.DryRun {
		dry = "Dry run, nothing is stored: "
	}
	return e.say("%s%d changed, %d left as they are.", dry, changed.Changed, changed.Unchanged)
}
