package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rekey/client"
)

type userCommands struct {
	List         userListCommand    `cmd:"" help:"List system users."`
	Show         userShowCommand    `cmd:"" help:"Show a system user."`
	Add          userAddCommand     `cmd:"" help:"Create a system user, without a password."`
	Import       userImportCommand  `cmd:"" help:"Import system users from a CSV file."`
	Edit         userEditCommand    `cmd:"" help:"Change a system user."`
	Delete       userDeleteCommand  `cmd:"" help:"Delete a system user."`
	Block        userBlockCommand   `cmd:"" help:"Block a system user at once."`
	Restore      userRestoreCommand `cmd:"" help:"Restore a blocked system user."`
	History      userHistoryCommand `cmd:"" help:"List who changed a system user, when, and what."`
	HandOn       userHandOnCommand  `cmd:"" help:"Transfer all automations and selections of a system user."`
	Change       userChangeCommand  `cmd:"" help:"Block, restore or change several system users."`
	SendPassword userSendCommand    `cmd:"" help:"Send system users a new password now."`
}

type userListCommand struct {
	remote

	Search string `placeholder:"TEXT" help:"Part of a name or address."`
	Type   string `placeholder:"TYPE" help:"ui, api or hybrid."`
	Role   string `placeholder:"ROLE" help:"administrator, manager, operator or member."`
	Status string `placeholder:"STATUS" help:"active or blocked."`
}

// Run implements the command.
func (u *userListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	users := []client.User{}
	var rows [][]string
	for user, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.User], error) {
		return c.Users(ctx, client.UserFilter{Paging: p, Search: u.Search, Type: u.Type, Role: u.Role, Status: u.Status})
	}) {
		if err != nil {
			return err
		}
		users = append(users, user)
		rows = append(rows, []string{user.Address, dash(fullName(user)), user.Type, user.Role, user.Status,
			dash(moment(user.LastLoginAt)), dash(moment(user.PasswordChangedAt))})
	}
	if u.JSON {
		return e.json(users)
	}
	return e.table([]string{"ADDRESS", "NAME", "TYPE", "ROLE", "STATUS", "LAST LOG-IN", "PASSWORD CHOSEN"}, rows)
}

func fullName(u client.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

type userShowCommand struct {
	remote

	User string `arg:"" help:"Address or id."`
}

// Run implements the command.
func (u *userShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	user, err := findUser(ctx, c, u.User)
	if err != nil {
		return err
	}
	return u.show(e, user)
}

func (r remote) show(e *env, u client.User) error {
	if r.JSON {
		return e.json(u)
	}
	facts := []fact{
		{"Address", u.Address}, {"Name", fullName(u)}, {"Type", u.Type}, {"Counts as API user", yesNo(u.UsesAPI)},
		{"Role", u.Role}, {"Status", u.Status}, {"Language", u.Language}, {"Time zone", u.TimeZone},
	}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		facts = append(facts, fact{"Attribute " + name, u.Attributes[name]})
	}
	for _, s := range u.Sources {
		facts = append(facts, fact{"May post", s.Source + ": " + strings.Join(s.Names, ", ")})
		if s.People != "" {
			trust := "not trusted: runs of its events keep the old password"
			if s.Trusted {
				trust = "trusted to name people"
			}
			facts = append(facts, fact{"People of " + s.Source, s.People + " (" + trust + ")"})
		}
	}
	chosen := "Password chosen"
	if u.Directory != "" {
		chosen = "Password changed there"
		facts = append(facts, fact{"Directory", u.Directory}, fact{"Unit there", u.DirectoryUnit}, fact{"Groups there", strings.Join(u.DirectoryGroups, ", ")},
			fact{"Address held until", moment(u.AddressHeldUntil)})
	}
	return e.facts(append(facts,
		fact{"Blocked by", string(u.BlockedBy)},
		fact{"Created", moment(u.CreatedAt)}, fact{"Last log-in", moment(u.LastLoginAt)},
		fact{"Last call by password", moment(u.LastPasswordCallAt)}, fact{chosen, moment(u.PasswordChangedAt)},
		fact{"Id", u.ID})...)
}

type userBlockCommand struct {
	remote

	User     string `arg:"" help:"Address or id."`
	HandOnTo string `placeholder:"ADDRESS" help:"Transfer all automations and selections of the user to this system user, in the same step."`
}

// Help implements kong.HelpProvider.
func (userBlockCommand) Help() string {
	return "A blocked system user cannot log in or call the API. Runs of the user's automations are held, unless --hand-on-to names a new owner."
}

// Run implements the command.
func (u *userBlockCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	return u.change(ctx, e, c, u.User, "is blocked."+andHandedOn(u.HandOnTo), func(c *client.Client, ctx context.Context, id string) (client.User, error) {
		return c.BlockUserAndHandOn(ctx, id, u.HandOnTo)
	})
}

// andHandedOn says who owns now what the user owned.
func andHandedOn(to string) string {
	if to == "" {
		return ""
	}
	return " What they owned now belongs to " + to + "."
}

type userRestoreCommand struct {
	remote

	User string `arg:"" help:"Address or id."`
}

// Run implements the command.
func (u *userRestoreCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	return u.change(ctx, e, c, u.User, "is restored.", (*client.Client).RestoreUser)
}

func (r remote) change(ctx context.Context, e *env, c *client.Client, name, done string,
	do func(*client.Client, context.Context, string) (client.User, error)) error {
	user, err := findUser(ctx, c, name)
	if err != nil {
		return err
	}
	if user, err = do(c, ctx, user.ID); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return r.answer(e, user, "%s %s", user.Address, done)
}

type userSendCommand struct {
	remote
	chosenPeople
}

// Help implements kong.HelpProvider.
func (userSendCommand) Help() string {
	return "One run sends to all of them. Of several people, each gets at most one mail in 4 hours, and three in 24, unless old passwords are revoked at once; and the run is held if it is above the ceiling."
}

// Run implements the command.
func (u *userSendCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	chosen, err := u.chosen()
	if err != nil {
		return err
	}
	if len(u.Users) != 1 {
		return u.sendAll(ctx, e, c, chosen)
	}
	user, err := findUser(ctx, c, u.Users[0])
	if err != nil {
		return err
	}
	sent, err := c.SendPassword(ctx, user.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", user.Address, err)
	}
	if u.JSON {
		return e.json(sent)
	}
	for _, warning := range sent.Warnings {
		_, _ = fmt.Fprintln(e.stderr, "warning: "+onLine(warning.Message))
	}
	for _, run := range sent.RunIDs {
		if err := e.say("A new password is on its way to %s; see rekey run watch %s", user.Address, run); err != nil {
			return err
		}
	}
	return nil
}

// sendAll sends to several, and names each who was refused.
func (u *userSendCommand) sendAll(ctx context.Context, e *env, c *client.Client, chosen client.People) error {
	sent, err := c.SendPasswords(ctx, client.Recipients{People: chosen})
	if err != nil {
		return err
	}
	if u.JSON {
		return e.json(sent)
	}
	e.refused(sent.RefusedPeople)
	for _, run := range sent.RunIDs {
		if err := e.say("A run sends new passwords to them; see rekey run watch %s", run); err != nil {
			return err
		}
	}
	return nil
}
