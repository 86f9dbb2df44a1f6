package browser

import (
	"context"
	_ "embed" // the rules
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// axe-core, as it is published on npm; version and licence are beside it.
//
//go:embed axe/axe.min.js
var axeCore string

// Violation is a rule of accessibility that an element breaks.
type Violation struct {
	Rule     string // axe's name of it
	Impact   string // minor, moderate, serious or critical
	Selector string
	Summary  string // what to do about it
}

func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s: %s", v.Rule, v.Impact, v.Selector, v.Summary)
}

// every names the rules of WCAG 2.0 to 2.2, levels A and AA, and axe's advice;
// colours those whose answer may be another one by night.
const (
	every   = `{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'] }`
	colours = `{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }`
)

// check runs rules, and takes from the answer what a Violation has.
const check = `axe.run(document, { runOnly: %s, resultTypes: ['violations'], preload: false }).then((found) =>
  found.violations.flatMap((rule) => rule.nodes.map((node) => ({
    rule: rule.id, impact: node.impact, selector: node.target.flat().join(' >> '), summary: node.failureSummary.replace(/\s+/g, ' '),
  }))))`

// Axe checks the page as it is now. It does so from a world of its own, which
// shares the document with the page and nothing else: neither the page's
// policy nor its scripts matter to it.
func (t *Tab) Axe(ctx context.Context) ([]Violation, error) { return t.violations(ctx, every) }

// violations runs some rules of axe.
func (t *Tab) violations(ctx context.Context, rules string) (found []Violation, err error) {
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	world, err := cdp.Call(ctx, t.target, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
		FrameID: cdp.FrameID(t.target.TargetID), WorldName: "axe",
	})
	if err != nil {
		return nil, err
	}
	var loaded bool
	if err := t.evaluateIn(ctx, world.ExecutionContextID, "'axe' in globalThis", &loaded); err != nil {
		return nil, err
	}
	if !loaded {
		if err := t.evaluateIn(ctx, world.ExecutionContextID, axeCore+"\n;true", nil); err != nil {
			return nil, fmt.Errorf("load axe: %w", err)
		}
	}
	if t.noScript {
		// It needs timers, which have stopped with the page's scripts.
		defer func() { err = errors.Join(err, t.scripts(ctx, false)) }()
		if err := t.scripts(ctx, true); err != nil {
			return nil, err
		}
	}
	if err := t.evaluateIn(ctx, world.ExecutionContextID, fmt.Sprintf(check, rules), &found); err != nil {
		return nil, fmt.Errorf("run axe: %w", err)
	}
	return found, nil
}
