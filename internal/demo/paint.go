package demo

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// paint writes the story in columns.
type paint struct {
	out    io.Writer
	colour bool
}

const titleWidth = 62

func (p paint) in(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p paint) bold(text string) string  { return p.in("1", text) }
func (p paint) quiet(text string) string { return p.in("2", text) }

func (p paint) title(name, about string) {
	_, _ = fmt.Fprintf(p.out, "\n  %s  %s\n\n", p.bold(name), about)
}

// mark writes one step with its result, its time and its lines.
func (p paint) mark(ok bool, number int, title string, took time.Duration, lines []string) {
	sign := p.in("32", "✓")
	if !ok {
		sign = p.in("31", "✗")
	}
	gap := strings.Repeat(" ", max(1, titleWidth-utf8.RuneCountInString(title)))
	_, _ = fmt.Fprintf(p.out, "  %s %2d  %s%s%s\n", sign, number, title, gap, p.quiet(fmt.Sprintf("%9s", roundly(took))))
	for _, line := range lines {
		_, _ = fmt.Fprintf(p.out, "        %s\n", p.quiet(line))
	}
}

// columns writes rows, aligned, under an indent.
func (p paint) columns(rows [][]string) {
	out := tabwriter.NewWriter(p.out, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintf(out, "  %s\n", strings.Join(row, "\t"))
	}
	_ = out.Flush()
}

// roundly rounds a duration to about three digits.
func roundly(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}
