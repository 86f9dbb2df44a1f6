package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"rekey/client"
	"rekey/internal/english"
	"rekey/internal/userfile"
)

type userImportCommand struct {
	remote

	File   string `arg:"" help:"CSV whose first line names the columns; - reads standard input."`
	DryRun bool   `help:"Read the file, and create nobody."`
}

// Help implements kong.HelpProvider.
func (userImportCommand) Help() string {
	return "Columns: " + userfile.Columns() + `; separated by commas or semicolons, in UTF-8. address is required; type is ui and role is member if left out. System users who exist already stay as they are. Each line that fails is printed with its number, and the other lines are imported.`
}

type importCounts struct {
	Created int `json:"created"`
	Existed int `json:"existed"`
	Failed  int `json:"failed"`
}

// Run implements the command.
func (u *userImportCommand) Run(ctx context.Context, e *env) error {
	in, err := e.open(u.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	lines, err := userfile.Read(in)
	if err != nil {
		return fmt.Errorf("%s: %w", u.File, err)
	}
	if u.DryRun {
		return e.say("%s: %s can be read.", u.File, english.Count(len(lines), "system user", "system users"))
	}
	c, err := u.ProvideClient(e)
	if err != nil {
		return err
	}
	counts, err := u.create(ctx, e, c, lines)
	if err != nil {
		return err
	}
	if u.JSON {
		err = e.json(counts)
	} else {
		err = e.say("%d created, %d existed already.", counts.Created, counts.Existed)
	}
	if counts.Failed > 0 {
		return fmt.Errorf("%s: %d of %s failed; correct them and import the file again", u.File, counts.Failed, english.Count(len(lines), "line", "lines"))
	}
	return err
}

func (u *userImportCommand) create(ctx context.Context, e *env, c *client.Client, lines []userfile.Line) (importCounts, error) {
	var counts importCounts
	bar := newProgress(e.stderr)
	defer bar.clear()
	for i, line := range lines {
		bar.show("", i, len(lines), line.User.Address)
		_, err := c.CreateUser(ctx, client.UserOf(line.User, time.Time{}))
		var p *client.Problem
		switch {
		case err == nil:
			counts.Created++
		case errors.As(err, &p) && p.Status == http.StatusConflict:
			counts.Existed++
		case errors.As(err, &p) && p.Status == http.StatusUnprocessableEntity:
			counts.Failed++
			bar.clear()
			_, _ = fmt.Fprintf(e.stderr, "%s: line %d: %s\n", u.File, line.Number, onLine(err.Error()))
		default:
			return counts, fmt.Errorf("line %d: %w (%s created before it)", line.Number, err, english.Count(counts.Created, "was", "were"))
		}
	}
	return counts, nil
}
