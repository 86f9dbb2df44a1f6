package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rekey"
	"rekey/client"
	"rekey/internal/english"
)

type directoryCommands struct {
	List    directoryListCommand    `cmd:"" help:"List the directories of the server's settings, and what became of their import."`
	Entries directoryEntriesCommand `cmd:"" help:"List entries that were not imported, or that are special."`
	Test    directoryTestCommand    `cmd:"" help:"Test the servers of a directory, and the rights of Rekey's account there."`
	Sync    directorySyncCommand    `cmd:"" help:"Import a directory now."`
	Release directoryReleaseCommand `cmd:"" help:"Release the events of a directory that wait."`
	Confirm directoryConfirmCommand `cmd:"" help:"Confirm the new address of a user of a directory."`
}

type directoryListCommand struct{ remote }

// Run implements the command.
func (d *directoryListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	found, err := c.Directories(ctx)
	if err != nil {
		return err
	}
	if d.JSON {
		return e.json(found)
	}
	if len(found) == 0 {
		return e.say("The server has no directories. docs/directories.md says how to add one.")
	}
	var rows [][]string
	for _, x := range found {
		state := "well"
		switch {
		case x.Problem != "":
			state = "failing since " + moment(x.ProblemSince) + ": " + x.Problem
		case x.SyncedAt.IsZero():
			state = "not imported yet"
		}
		if n := x.Entries[rekey.EntryNoWayIn]; n > 0 {
			state += "; " + english.Count(n, "user", "users") + " cannot log in: see entries --reason no_way_in"
		}
		rows = append(rows, []string{x.Name, x.Kind, strconv.Itoa(x.Users), strconv.Itoa(x.Withheld), dash(moment(x.SyncedAt)), dash(moment(x.FullAt)), state})
	}
	return e.table([]string{"NAME", "KIND", "USERS", "EVENTS WAIT", "IMPORTED", "ALL IMPORTED", "STATE"}, rows)
}

type directoryEntriesCommand struct {
	remote

	Name   string `arg:"" help:"The name of the directory."`
	Reason string `placeholder:"REASON" help:"no_address, bad_address, address_taken, protected, address_changed, no_way_in or missing."`
}

// Run implements the command.
func (d *directoryEntriesCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	found, err := firstOf(ctx, 0, func(ctx context.Context, p client.Paging) (client.Page[client.DirectoryEntry], error) {
		return c.DirectoryEntries(ctx, d.Name, rekey.EntryReason(d.Reason), p)
	})
	if err != nil {
		return notFound(err, "directory", d.Name)
	}
	if d.JSON {
		return e.json(found)
	}
	var rows [][]string
	for _, x := range found {
		rows = append(rows, []string{dash(x.Address), x.ReasonText, moment(x.SeenAt), x.Key})
	}
	return e.table([]string{"ADDRESS", "REASON", "FIRST SEEN", "KEY"}, rows)
}

type directorySyncCommand struct {
	remote

	Name   string `arg:"" help:"The name of the directory."`
	Full   bool   `help:"Read all entries, not only those that changed."`
	DryRun bool   `help:"Only say what would happen."`
}

// Help implements kong.HelpProvider.
func (directorySyncCommand) Help() string {
	return "The server does this by itself every five minutes, and once a day with --full. Without --full, nobody is counted as missing. Only Managers and Administrators can do it by hand."
}

// Run implements the command.
func (d *directorySyncCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	n, err := c.ImportDirectory(ctx, d.Name, client.DirectoryImport{Full: d.Full, DryRun: d.DryRun})
	if err != nil {
		return notFound(err, "directory", d.Name)
	}
	if d.JSON {
		return e.json(n)
	}
	done := "Imported"
	if d.DryRun {
		done = "Nothing was stored. An import would do this"
	}
	people := english.Count(n.Created, "new system user", "new system users")
	text := fmt.Sprintf("%s: %s, %d changed, %d blocked, %d restored; %s read, %d missing.", done, people, n.Updated, n.Blocked, n.Restored,
		english.Count(n.Looked, "entry", "entries"), n.Missing)
	if n.Withheld > 0 && !d.DryRun {
		text += "\nSee rekey directory list for events that wait to be released."
	}
	return e.say("%s", text)
}

type directoryReleaseCommand struct {
	remote

	Name  string `arg:"" help:"The name of the directory."`
	Count int    `arg:"" help:"How many events wait, from rekey directory list."`
}

// Help implements kong.HelpProvider.
func (directoryReleaseCommand) Help() string {
	return "Rekey holds back the events of the first import, and more than 100 of one kind in any other. Releasing them starts the automations for them, so make sure first that these send to the right people. Only Administrators can release events."
}

// Run implements the command.
func (d *directoryReleaseCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	done, err := c.ReleaseEvents(ctx, d.Name, d.Count)
	if err != nil {
		return notFound(err, "directory", d.Name)
	}
	return d.answer(e, done, "Released %s.", english.Count(done.Released, "event", "events"))
}

type directoryConfirmCommand struct {
	remote

	User string `arg:"" help:"The new address, or the id."`
}

// Help implements kong.HelpProvider.
func (directoryConfirmCommand) Help() string {
	return "No password goes to an address that changed in a directory for 72 hours, so that whoever may write it there cannot take over accounts. Ask the person whether the address is theirs before you confirm it. Only those who rank above the user can."
}

// Run implements the command.
func (d *directoryConfirmCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	u, err := findUser(ctx, c, d.User)
	if err != nil {
		return err
	}
	if u, err = c.ConfirmAddress(ctx, u); err != nil {
		return fmt.Errorf("%s: %w", d.User, err)
	}
	return d.answer(e, u, "Confirmed: passwords of %s go to %s.", dash(fullName(u)), u.Address)
}

type directoryTestCommand struct {
	remote

	Name string `arg:"" optional:"" help:"The name of the directory. Default: all."`
	Try  string `placeholder:"USER" help:"Read one account, and say what Rekey would do with it: the id or address of a system user, or an address in the directory."`
}

// Help implements kong.HelpProvider.
func (directoryTestCommand) Help() string {
	return "It changes nothing. It says which rights Rekey's account in the directory lacks, and which it should not have. Only Managers and Administrators can do it."
}

// Run implements the command.
func (d *directoryTestCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	names, err := d.names(ctx, c)
	if err != nil {
		return err
	}
	if d.Try != "" {
		if len(names) != 1 {
			return errors.New("name the directory of the account: rekey directory test NAME --try USER")
		}
		return d.try(ctx, e, c, names[0])
	}
	var ill []string
	all := map[string][]rekey.Finding{}
	for _, name := range names {
		result, err := c.TestDirectory(ctx, name)
		if err != nil {
			return notFound(err, "directory", name)
		}
		all[name] = result.Findings
		for _, f := range result.Findings {
			f.Check, f.Found = name+" "+f.Check, onLine(f.Found)
			if f.Health == rekey.Ill {
				ill = append(ill, f.Check)
			}
			if !d.JSON {
				e.finding(f)
			}
		}
	}
	if d.JSON {
		if err := e.json(all); err != nil {
			return err
		}
	}
	return checksFailed(ill)
}

// names are the directories to test.
func (d *directoryTestCommand) names(ctx context.Context, c *client.Client) (names []string, err error) {
	if d.Name != "" {
		return []string{d.Name}, nil
	}
	found, err := c.Directories(ctx)
	for _, x := range found {
		names = append(names, x.Name)
	}
	return names, err
}

func (d *directoryTestCommand) try(ctx context.Context, e *env, c *client.Client, name string) error {
	tried, err := c.TryAccount(ctx, name, d.Try)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Try, err)
	}
	text := onLine(strings.Join(tried.Says, " "))
	if tried.DN != "" {
		text = onLine(tried.DN) + "\n" + text
	}
	return d.answer(e, tried, "%s", text)
}
