package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"rekey/internal/app"
)

type doctorCommand struct {
	settings

	SendTo string `placeholder:"ADDRESS" help:"Send a test message to this address."`
	DNS    bool   `name:"dns" help:"Look up the records of the sender's domain: SPF, DKIM, DMARC."`
	JSON   bool   `name:"json" help:"Print JSON, for programs."`
}

// Run implements the command.
func (d *doctorCommand) Run(ctx context.Context, e *env, command *kong.Context) error {
	c, err := d.complete(e, command)
	if err != nil {
		return err
	}
	marks := map[app.Health]string{app.Well: "✓", app.Doubtful: "!", app.Ill: "✗"}
	var all []app.Finding
	var ill []string
	n := namesOf(command)
	mentioned := n.mentioned()
	app.Doctor{SendTo: d.SendTo, DNS: d.DNS, Now: time.Now, Text: n.text}.Examine(ctx, c, func(f app.Finding) {
		if f.Check != "settings" || f.Health != app.Ill { // where Text has named them
			f.Found, f.Advice = mentioned.Replace(f.Found), mentioned.Replace(f.Advice)
		}
		all = append(all, f)
		if f.Health == app.Ill {
			ill = append(ill, f.Check)
		}
		if d.JSON {
			return
		}
		_, _ = fmt.Fprintf(e.stdout, "%s %-10s  %s\n", marks[f.Health], f.Check, f.Found)
		if f.Advice != "" {
			_, _ = fmt.Fprintf(e.stdout, "  %-10s  → %s\n", "", f.Advice)
		}
	})
	if d.JSON {
		if err := e.json(all); err != nil {
			return err
		}
	}
	if len(ill) > 0 {
		return fmt.Errorf("these checks failed: %s; follow their advice", strings.Join(ill, ", "))
	}
	return nil
}
