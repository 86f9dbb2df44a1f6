package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// table writes the figures for people, with the bars beside them.
func (r result) table(out io.Writer) error {
	m := r.Machine
	var b strings.Builder
	fmt.Fprintf(&b, "\n  %s, %d cores, %s, %s; load before: %s\n", m.CPU, m.Cores, m.Kernel, m.Go, m.Load)
	fmt.Fprintf(&b, "  median of %d rounds; sink, clients and Rekey share the cores\n\n", len(r.Rounds))
	width := 0
	for _, f := range r.Rows {
		width = max(width, utf8.RuneCountInString(f.What))
	}
	line := func(what, median, best, bar string) {
		fmt.Fprintf(&b, "  %s%s %12s %12s   %s\n", what, strings.Repeat(" ", width-utf8.RuneCountInString(what)), median, best, bar)
	}
	line("", "median", "best", "bar")
	for _, f := range r.Rows {
		line(f.What, amount(f.Value, f.Unit), amount(f.Best, f.Unit), f.verdict())
	}
	for _, use := range []struct {
		what string
		of   func(round) *watched
	}{
		{"one run", func(r round) *watched { return r.RunUse }},
		{"events", func(r round) *watched { return r.EventUse }},
	} {
		if w := use.of(r.Rounds[len(r.Rounds)-1]); w != nil {
			fmt.Fprintf(&b, "\n  %s, last round: %d in %s; CPU for each: Rekey %s, sink %s, clients %s; Rekey had %.2f cores and at most %d MiB",
				use.what, w.Count, w.Took.Round(time.Millisecond), w.each(w.Rekey), w.each(w.Sink), w.each(w.Client), w.Rekey.Seconds()/w.Took.Seconds(), w.RSS>>20)
		}
	}
	_, err := fmt.Fprintln(out, b.String())
	return err
}

// each is the share of one.
func (w watched) each(cpu time.Duration) string {
	return fmt.Sprintf("%.0f µs", float64(cpu.Microseconds())/float64(w.Count))
}

func (f figure) verdict() string {
	if f.Bar == 0 {
		return ""
	}
	sign, than := "✗", "≥"
	if f.met() {
		sign = "✓"
	}
	if f.Most {
		than = "≤"
	}
	if f.Goal {
		than = "goal " + than
	}
	return sign + " " + than + " " + amount(f.Bar, f.Unit)
}

// amount is a number with its unit, in thousands where it is large.
func amount(value float64, unit string) string {
	switch {
	case unit == "×":
		return fmt.Sprintf("%.2f ×", value)
	case value < 1000:
		return fmt.Sprintf("%.1f %s", value, unit)
	default:
		return fmt.Sprintf("%d,%03d %s", int(value)/1000, int(value)%1000, unit)
	}
}
