package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rekey"
	"rekey/client"
)

type userEditCommand struct {
	remote

	User string `arg:"" help:"Address or id."`

	Address *string `placeholder:"ADDRESS" help:"The new email address."`
	Type    *string `placeholder:"TYPE" help:"ui, api or hybrid."`
	Role    *string `placeholder:"ROLE" help:"administrator, manager, operator or member."`
	userTexts
	Attribute map[string]string `mapsep:"none" placeholder:"NAME=TEXT" help:"Sets an attribute; NAME= removes it. May be repeated."`
	Source    []string          `sep:"none" placeholder:"SOURCE=NAME,…" help:"Sets what may be posted from a source; SOURCE= removes it. May be repeated."`
	Map       []string          `sep:"none" placeholder:"SOURCE=CEL" help:"Says which part of the events of a source names the people; SOURCE= removes the mapping. May be repeated. Try it with rekey event map."`
	Trust     []string          `sep:"none" placeholder:"SOURCE" help:"Trusts the mapping of a source to name people, so that runs of its events may take the old password away. Only for Administrators. May be repeated."`
	Distrust  []string          `sep:"none" placeholder:"SOURCE" help:"Removes that trust. May be repeated."`
}

// userTexts are the free texts about a system user, for add and edit.
type userTexts struct {
	FirstName *string `placeholder:"TEXT" help:"First name."`
	LastName  *string `placeholder:"TEXT" help:"Last name."`
	Language  *string `placeholder:"TAG" help:"Such as en or de-CH; empty for the system default."`
	TimeZone  *string `placeholder:"ZONE" help:"Such as Europe/Berlin; empty for the system default."`
}

// write writes what is given over a system user.
func (t userTexts) write(user *client.User) {
	overwrite(&user.FirstName, t.FirstName)
	overwrite(&user.LastName, t.LastName)
	overwrite(&user.Language, t.Language)
	overwrite(&user.TimeZone, t.TimeZone)
}

func overwrite(field, given *string) {
	if given != nil {
		*field = *given
	}
}

// Help implements kong.HelpProvider.
func (userEditCommand) Help() string {
	return "Only the fields that you give change. If somebody else saves the system user in the meantime, nothing is changed, and the command says so."
}

// Run implements the command.
func (u *userEditCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	user, err := findUser(ctx, c, u.User)
	if err != nil {
		return err
	}
	if err := u.write(&user); err != nil {
		return err
	}
	if user, err = c.UpdateUser(ctx, user); err != nil {
		return fmt.Errorf("%s: %w", u.User, err)
	}
	return u.answer(e, user, "Changed %s.", user.Address)
}

// write writes what is given over a system user.
func (u *userEditCommand) write(user *client.User) error {
	u.userTexts.write(user)
	overwrite(&user.Address, u.Address)
	overwrite(&user.Type, u.Type)
	overwrite(&user.Role, u.Role)
	for name, value := range u.Attribute {
		if user.Attributes == nil {
			user.Attributes = map[string]string{}
		}
		if user.Attributes[name] = value; value == "" {
			delete(user.Attributes, name)
		}
	}
	for _, text := range u.Source {
		if name, removed := strings.CutSuffix(text, "="); removed {
			user.Sources = without(user.Sources, name)
			continue
		}
		sources, err := parseSources([]string{text})
		if err != nil {
			return err
		}
		if known := sourceOf(user, sources[0].Source); known != nil {
			known.Names = sources[0].Names
		} else {
			user.Sources = append(user.Sources, sources...)
		}
	}
	return u.writeMappings(user)
}

// writeMappings writes mappings and trust over the sources of a system user.
func (u *userEditCommand) writeMappings(user *client.User) error {
	change := func(flag, source string, write func(*rekey.EventSource)) error {
		known := sourceOf(user, source)
		if known == nil {
			return fmt.Errorf("--%s: %q is not a source of this system user; add it with --source", flag, source)
		}
		write(known)
		return nil
	}
	var errs []error
	for _, text := range u.Map {
		source, people, found := strings.Cut(text, "=")
		if !found {
			return fmt.Errorf("--map: %q names no mapping; write it as /tickets=[event.data.ticket.reporter.email]", text)
		}
		errs = append(errs, change("map", source, func(s *rekey.EventSource) {
			if s.People = people; people == "" {
				s.Trusted = false
			}
		}))
	}
	for _, source := range u.Trust {
		errs = append(errs, change("trust", source, func(s *rekey.EventSource) { s.Trusted = true }))
	}
	for _, source := range u.Distrust {
		errs = append(errs, change("distrust", source, func(s *rekey.EventSource) { s.Trusted = false }))
	}
	return errors.Join(errs...)
}

// sourceOf returns a source of a system user; nil if it is not theirs.
func sourceOf(user *client.User, name string) *rekey.EventSource {
	at := slices.IndexFunc(user.Sources, func(s rekey.EventSource) bool { return s.Source == name })
	if at < 0 {
		return nil
	}
	return &user.Sources[at]
}

// without removes a source.
func without(sources []rekey.EventSource, name string) []rekey.EventSource {
	return slices.DeleteFunc(sources, func(s rekey.EventSource) bool { return s.Source == name })
}

type userDeleteCommand struct {
	remote

	User     string `arg:"" help:"Address or id."`
	HandOnTo string `placeholder:"ADDRESS" help:"First transfer all automations and selections of the user to this system user."`
}

// Help implements kong.HelpProvider.
func (userDeleteCommand) Help() string {
	return "This permanently deletes the account, with its passwords, sessions and tokens. It is refused while the system user owns automations or selections, unless you give --hand-on-to. To keep a system user out for a while, use rekey user block."
}

// Run implements the command.
func (u *userDeleteCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	user, err := findUser(ctx, c, u.User)
	if err != nil {
		return err
	}
	if err := c.DeleteUserAndHandOn(ctx, user.ID, user.Version, u.HandOnTo); err != nil {
		return fmt.Errorf("%s: %w", u.User, err)
	}
	return e.say("Deleted %s.%s", user.Address, andHandedOn(u.HandOnTo))
}
