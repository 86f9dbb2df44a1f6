package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// View is a way in which a page is looked at.
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

// Views are those in which every page is to be in order: on a desk and on a
// phone, by day and by night.
func Views() []View {
	return []View{{1440, 900, false}, {1440, 900, true}, {390, 844, false}, {390, 844, true}}
}

// Look makes the window such a view. A page that is open follows.
func (t *Tab) Look(ctx context.Context, v View) error {
	if err := t.Dark(ctx, v.Dark); err != nil {
		return err
	}
	return t.Size(ctx, v.Width, v.Height)
}

// shorten leaves the first rows of a list.
const shorten = `document.querySelectorAll(':is(tr, li, article):nth-child(n+13)').forEach((row) => row.remove())`

// Inspect opens a page and says what is wrong with it in each of Views: what it
// complains about, what does not fit and what axe finds, each with the views in
// which it is so.
//
// The page is loaded once and follows when the window changes, and axe looks at
// the first view only: loading and axe take longer than everything else. If
// thorough, it is loaded once for a width, and axe looks at all views. Of a long
// list axe sees the first rows: it takes seconds for a hundred of them, which are
// alike.
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

// lookOver adds what the page that is open complains about, and what does not fit.
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

// askAxe adds what axe finds. By night only colours may be other than by day.
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

// findings are what is wrong with a page, in the order in which it was found, and
// the views in which it is so.
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
