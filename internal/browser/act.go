package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Click clicks what has a name, "Save" for example, or a CSS selector. If more
// than one has the name, "#row-3 >> Edit" says where to look. What the click
// leads to may still be on its way when it returns: see Follow, See, WaitFor.
func (t *Tab) Click(ctx context.Context, what string) error {
	f, err := t.until(ctx, fmt.Sprintf("click %q", what), "aim", what, !t.noScript)
	if err != nil {
		return err
	}
	_, err = chromedp.MouseClickXY(f.X, f.Y)(ctx, t.target)
	return err
}

// Follow clicks, and waits until the page that the click leads to is loaded.
func (t *Tab) Follow(ctx context.Context, what string) error {
	_, err := chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		return t.Click(ctx, what)
	}))(ctx, t.target)
	if err != nil {
		return fmt.Errorf("follow %q: %w", what, err)
	}
	return nil
}

// Type types a text, key by key, in place of what is in a field.
func (t *Tab) Type(ctx context.Context, field, text string) error {
	f, err := t.until(ctx, fmt.Sprintf("type into %q", field), "enter", field, text)
	if err != nil || f.Done || text == "" && f.Empty {
		return err
	}
	if text == "" {
		text = kb.Delete
	}
	_, err = chromedp.KeyEvent(text)(ctx, t.target)
	return err
}

// Choose takes the option with a text in a drop-down list.
func (t *Tab) Choose(ctx context.Context, field, option string) error {
	_, err := t.until(ctx, fmt.Sprintf("choose %q in %q", option, field), "choose", field, option)
	return err
}

// keys are those that have a name rather than a letter.
var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

// modifiers are held while another key is pressed.
var modifiers = map[string]chromedp.Modifier{
	"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl, "Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Press presses keys one after the other, where the focus is: letters, or names
// such as "Enter", "Escape", "ArrowDown", "Shift+Tab".
func (t *Tab) Press(ctx context.Context, names ...string) error {
	for _, name := range names {
		var held []chromedp.KeyOption
		key := name
		for {
			modifier, rest, found := strings.Cut(key, "+")
			if !found || rest == "" {
				break
			}
			m, known := modifiers[modifier]
			if !known {
				return fmt.Errorf("press %s: there is no key %s to hold", name, modifier)
			}
			held, key = append(held, chromedp.KeyModifiers(m)), rest
		}
		if k, named := keys[key]; named {
			key = k
		} else if len([]rune(key)) != 1 {
			return fmt.Errorf("press %s: it is neither a letter nor a key known here", name)
		}
		if _, err := chromedp.KeyEvent(key, held...)(ctx, t.target); err != nil {
			return fmt.Errorf("press %s: %w", name, err)
		}
	}
	return nil
}
