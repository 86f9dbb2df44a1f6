package main

import (
	"context"
	"fmt"
	"strings"

	"rekey/client"
	"rekey/internal/manifest"
)

type automationApplyCommand struct {
	remote

	File   string `required:"" short:"f" placeholder:"FILE" help:"YAML; - reads standard input."`
	DryRun bool   `help:"Show what would change, and change nothing."`
}

// Help implements kong.HelpProvider.
func (automationApplyCommand) Help() string {
	return `The file lists selections and automations by name, as rekey automation export prints them. All others stay as they are. If you apply the same file again, nothing changes.`
}

// Run implements the command.
func (a *automationApplyCommand) Run(ctx context.Context, e *env) error {
	in, err := e.open(a.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	wanted, err := manifest.Read(in)
	if err != nil {
		return fmt.Errorf("%s: %w", a.File, err)
	}
	c, err := a.ProvideClient(e)
	if err != nil {
		return err
	}
	plan, err := manifest.New(ctx, c, wanted)
	if err != nil {
		return fmt.Errorf("%s: %w", a.File, err)
	}
	if a.DryRun {
		for _, change := range plan.Changes {
			a.tell(e, change, "would be ")
		}
	} else if err := plan.Apply(ctx, func(change manifest.Change) { a.tell(e, change, "") }); err != nil {
		return fmt.Errorf("%s: %w", a.File, err)
	}
	if a.JSON {
		return e.json(append([]manifest.Change{}, plan.Changes...))
	}
	return nil
}

// tell prints one change: what happens, and each field old → new.
func (a *automationApplyCommand) tell(e *env, change manifest.Change, would string) {
	if a.JSON {
		return
	}
	words := map[manifest.Action]string{
		manifest.Create: would + "created", manifest.Update: would + "changed", manifest.Unchanged: "unchanged",
	}
	_, _ = fmt.Fprintf(e.stdout, "%s %q %s\n", change.Kind, onLine(change.Name), words[change.Action])
	for _, f := range change.Fields {
		if change.Action == manifest.Create {
			_, _ = fmt.Fprintf(e.stdout, "  %s: %s\n", f.Field, shown(f.New))
		} else {
			_, _ = fmt.Fprintf(e.stdout, "  %s: %s → %s\n", f.Field, shown(f.Old), shown(f.New))
		}
	}
}

func shown(s string) string {
	if s == "" {
		return "–"
	}
	return onLine(strings.ReplaceAll(s, "\n", " ⏎ "))
}

type automationExportCommand struct{ remote }

// Run implements the command.
func (a *automationExportCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	file, err := manifest.Export(ctx, c)
	if err != nil {
		return err
	}
	if a.JSON {
		return e.json(file)
	}
	return file.Write(e.stdout)
}
