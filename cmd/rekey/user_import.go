package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"rekey"
	"rekey/client"
	"rekey/internal/english"
	"rekey/internal/userfile"
)

type userImportCommand struct {
	remote

	File           string `arg:"" help:"CSV whose first line names the columns; - reads standard input."`
	Existing       string `enum:"leave,update,refuse" default:"leave" placeholder:"CHOICE" help:"People who already exist: leave them as they are (the default), update them with every cell that is not empty, or refuse the file."`
	UnknownColumns string `enum:"ignore,attributes" default:"ignore" placeholder:"CHOICE" help:"Columns that Rekey does not know: ignore them (the default), or keep them as attributes."`
	DryRun         bool   `help:"Show what would happen, and store nothing."`
}

// Help implements kong.HelpProvider.
func (userImportCommand) Help() string {
	return "Columns: " + userfile.Columns() + `. Only address is required; email, e-mail, given name, surname, locale and other usual names work, too, in any case. type is ui and role is member if left out.

The separator is a comma, semicolon, tab or "|"; the text is UTF-8, or UTF-16 with a byte order mark. The whole file is imported, or nothing: each line with an error is printed with its number.`
}

// Run implements the command.
func (u *userImportCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	in, err := e.open(u.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	file, err := io.ReadAll(io.LimitReader(in, userfile.MaxBytes+1))
	if err != nil {
		return fmt.Errorf("%s cannot be read completely: %w", u.File, err)
	}
	done, err := c.ImportUsers(ctx, file, client.ImportOptions{
		Existing: rekey.Existing(u.Existing), UnknownColumns: u.UnknownColumns, DryRun: u.DryRun,
	})
	if err != nil {
		return u.refused(e, err)
	}
	for _, column := range done.Columns {
		if column.Field == "" {
			_, _ = fmt.Fprintf(e.stderr, "%s: the column %q is ignored%s\n", u.File, column.Name, because(column.Why))
		}
	}
	if u.DryRun {
		return u.answer(e, done, "Dry run, nothing is stored: %s.", done.Imported)
	}
	return u.answer(e, done, "%s.", done.Imported)
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// refused prints the lines of a file that was refused.
func (u *userImportCommand) refused(e *env, err error) error {
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 || p.Status == http.StatusBadRequest {
		return fmt.Errorf("%s: %w", u.File, err)
	}
	lines := map[string]bool{}
	for _, f := range p.Errors {
		if line, _, _ := strings.Cut(f.Field, ","); strings.HasPrefix(line, "line ") {
			lines[line] = true
		}
		_, _ = fmt.Fprintf(e.stderr, "%s: %s: %s\n", u.File, f.Field, onLine(f.Message))
	}
	if len(lines) == 0 {
		return fmt.Errorf("%s: nothing was imported", u.File)
	}
	return fmt.Errorf("%s: nothing was imported; correct %s and import the file again", u.File, english.Count(len(lines), "line", "lines"))
}
