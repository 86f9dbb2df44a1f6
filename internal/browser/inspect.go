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

// Inspect opens a page in each of Views and says what is wrong with it: what it
// complains about, what does not fit and what axe finds, each with the views in
// which it is so. It is loaded once for a width, and follows when night falls.
//
// axe looks at the first view only, or at all if thorough: it takes longer than
// everything else together. Of a long list it sees the first rows: it takes
// seconds for a hundred of them, which are alike.
func (t *Tab) Inspect(ctx context.Context, address string, thorough bool) ([]string, error) {
	var found []string
	views := map[string][]string{}
	for i, v := range Views() {
		err := t.Look(ctx, v)
		if err == nil && (i == 0 || v.Width != Views()[i-1].Width) {
			err = errors.Join(t.Forget(ctx), t.Open(ctx, address))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v, err)
		}
		rules := every
		switch {
		case i > 0 && !thorough:
			rules = ""
		case v.Dark:
			rules = colours
		}
		list, err := t.inspect(ctx, rules)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v, err)
		}
		for _, text := range list {
			if views[text] == nil {
				found = append(found, text)
			}
			if !slices.Contains(views[text], v.String()) {
				views[text] = append(views[text], v.String())
			}
		}
	}
	for i, text := range found {
		where := strings.Join(views[text], ", ")
		if len(views[text]) == len(Views()) {
			where = "everywhere"
		}
		found[i] = text + " [" + where + "]"
	}
	return found, nil
}

// inspect looks at the page that is open. axe goes by the rules; "" leaves it out.
func (t *Tab) inspect(ctx context.Context, rules string) ([]string, error) {
	overflow, err := t.Overflow(ctx)
	if err != nil {
		return nil, err
	}
	complaints, err := t.Complaints(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, c := range complaints {
		list = append(list, c.String())
	}
	list = append(list, overflow.Lines()...)
	if rules == "" {
		return list, nil
	}
	if err := t.Eval(ctx, shorten, nil); err != nil {
		return nil, err
	}
	violations, err := t.violations(ctx, rules)
	if err != nil {
		return nil, err
	}
	for _, v := range violations {
		list = append(list, v.String())
	}
	return list, nil
}
