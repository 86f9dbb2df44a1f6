package browser

import (
	"context"
	_ "embed" // what is asked inside the page
	"fmt"
	"strings"
)

//go:embed overflow.js
var overflowScript string

// Overflow is content that does not fit into the width of the window. All lengths are
// in CSS pixels.
type Overflow struct {
	Document int      // how far the whole page scrolls sideways
	Elements []Excess // reach beyond the window, outside elements that scroll by themselves
	Texts    []Excess // are cut off, without a title that has the whole text
}

// Excess is an element that is too wide.
type Excess struct {
	Selector string
	By       int    // by how much it is too wide
	Text     string // the beginning of its text
}

func (e Excess) String() string { return fmt.Sprintf("%s by %d px %q", e.Selector, e.By, e.Text) }

// None reports whether everything fits.
func (o Overflow) None() bool { return o.Document == 0 && len(o.Elements) == 0 && len(o.Texts) == 0 }

func (o Overflow) String() string { return strings.Join(o.Lines(), "\n") }

// Lines says each finding in words.
func (o Overflow) Lines() []string {
	var lines []string
	if o.Document > 0 {
		lines = append(lines, fmt.Sprintf("the page scrolls sideways by %d px", o.Document))
	}
	for _, e := range o.Elements {
		lines = append(lines, "sticks out: "+e.String())
	}
	for _, e := range o.Texts {
		lines = append(lines, "cut off: "+e.String())
	}
	return lines
}

// Overflow finds content that does not fit into the width of the window.
func (t *Tab) Overflow(ctx context.Context) (Overflow, error) {
	if err := t.settle(ctx); err != nil {
		return Overflow{}, err
	}
	var o Overflow
	err := t.ask(ctx, &o, "overflow")
	return o, err
}
