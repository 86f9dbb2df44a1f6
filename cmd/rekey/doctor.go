package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"rekey"
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
	var all []rekey.Finding
	var ill []string
	n := namesOf(command)
	mentioned := n.mentioned()
	app.Doctor{SendTo: d.SendTo, DNS: d.DNS, Now: time.Now, Text: n.text}.Examine(ctx, c, func(f rekey.Finding) {
		if f.Check != "settings" || f.Health != rekey.Ill { // where Text has named them
			f.Found, f.Advice = mentioned.Replace(f.Found), mentioned.Replace(f.Advice)
		}
		all = append(all, f)
		if f.Health == rekey.Ill {
			ill = append(ill, f.Check)
		}
		if !d.JSON {
			e.finding(f)
		}
	})
	if d.JSON {
		if err := e.json(all); err != nil {
			return err
		}
	}
	return checksFailed(ill)
}

// finding prints one finding for people.
func (e *env) finding(f rekey.Finding) {
	mark := map[rekey.Health]string{rekey.Well: "✓", rekey.Doubtful: "!", rekey.Ill: "✗"}[f.Health]
	_, _ = fmt.Fprintf(e.stdout, "%s %-10s  %s\n", mark, f.Check, f.Found)
	if f.Advice != "" {
		_, _ = fmt.Fprintf(e.stdout, "  %-10s  → %s\n", "", f.Advice)
	}
}

// checksFailed is the error of a command whose checks failed; nil if none did.
func checksFailed(checks []string) error {
	if len(checks) == 0 {
		return nil
	}
	return fmt.Errorf("these checks failed: %s; follow their advice", strings.Join(checks, ", "))
}
