package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// View is a size of the window and a theme.
type View struct {
	Width, Height int // CSS pixels
	Dark          bool
}

// String is "dark-390" and the like.
func (v View) String() string {
	if v.Dark {
		return fmt.Sprintf("dark-%d", v.Width)
	}
	return fmt.Sprintf("light-%d", v.Width)
}

// Views are the views in which every page must be right: on a desk and on a phone,
// light and dark.
func Views() []View {
	return []View{{1440, 900, false}, {1440, 900, true}, {390, 844, false}, {390, 844, true}}
}

// Look applies a view to the window. An open page follows.
func (t *Tab) Look(ctx context.Context, v View) error {
	if err := t.Dark(ctx, v.Dark); err != nil {
		return err
	}
	return t.Size(ctx, v.Width, v.Height)
}

// shorten leaves the first rows of a list.
const shorten = `document.querySelectorAll(':is(tr, li, article):nth-child(n+13)').forEach((row) => row.remove())`

// Inspect opens a page and returns its faults in Views: complaints, overflow and the
// findings of axe, each with its views.
//
// The page is loaded once and follows the window, and axe checks only the first view,
// because loading and axe take the most time. If thorough, the page is loaded for each
// width, and axe checks all views. Axe sees only the first rows of a long list: a
// hundred similar rows take seconds.
func (t *Tab) Inspect(ctx context.Context, address string, thorough bool) ([]string, error) {
	var found findings
	for i, v := range Views() {
		err := t.Look(ctx, v)
		if err == nil && (i == 0 || thorough && v.Width != Views()[i-1].Width) {
			err = errors.Join(t.Forget(ctx), t.Open(ctx, address))
		}
		if err == nil {
			err = t.lookOver(ctx, &found, v)
		}
		if err == nil && thorough {
			err = t.askAxe(ctx, &found, v)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v, err)
		}
	}
	if !thorough {
		first := Views()[0]
		if err := t.Look(ctx, first); err != nil {
			return nil, err
		}
		if err := t.askAxe(ctx, &found, first); err != nil {
			return nil, fmt.Errorf("%s: %w", first, err)
		}
	}
	return found.lines(), nil
}

// lookOver adds the complaints and the overflow of the open page.
func (t *Tab) lookOver(ctx context.Context, found *findings, v View) error {
	overflow, err := t.Overflow(ctx)
	if err != nil {
		return err
	}
	complaints, err := t.Complaints(ctx)
	if err != nil {
		return err
	}
	for _, c := range complaints {
		found.add(c.String(), v)
	}
	for _, line := range overflow.Lines() {
		found.add(line, v)
	}
	return nil
}

// askAxe adds the findings of axe. In the dark, only the colours can differ.
func (t *Tab) askAxe(ctx context.Context, found *findings, v View) error {
	if err := t.Eval(ctx, shorten, nil); err != nil {
		return err
	}
	rules := every
	if v.Dark {
		rules = colours
	}
	violations, err := t.violations(ctx, rules)
	for _, violation := range violations {
		found.add(violation.String(), v)
	}
	return err
}

// findings are the faults of a page, in the order in which they were found, with their
// views.
type findings struct {
	texts []string
	views map[string][]string
}

func (f *findings) add(text string, v View) {
	if f.views == nil {
		f.views = map[string][]string{}
	}
	if f.views[text] == nil {
		f.texts = append(f.texts, text)
	}
	if !slices.Contains(f.views[text], v.String()) {
		f.views[text] = append(f.views[text], v.String())
	}
}

func (f *findings) lines() []string {
	var lines []string
	for _, text := range f.texts {
		where := strings.Join(f.views[text], ", ")
		if len(f.views[text]) == len(Views()) {
			where = "everywhere"
		}
		lines = append(lines, text+" ["+where+"]")
	}
	return lines
}
