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
	fmt.Fprintf(&b, "\n  %s\n  %s, commit %s; load average %s before, %s after\n", m, r.Date.Format("2 January 2006, 15:04 MST"), r.Commit, m.Load, m.LoadAfter)
	b.WriteString("  sink, clients, database and Rekey share the cores\n")
	width, barred, missed := 0, 0, 0
	for _, f := range r.Figures {
		width = max(width, utf8.RuneCountInString(f.What))
		if f.Bar != 0 && !f.Goal {
			if barred++; !f.met() {
				missed++
			}
		}
	}
	database := ""
	for _, f := range r.Figures {
		if f.Database != database {
			database = f.Database
			fmt.Fprintf(&b, "\n  %s %12s %12s   bar\n", pad(r.titles[database], width), "median", "best")
		}
		fmt.Fprintf(&b, "  %s %12s %12s   %s\n", pad(f.What, width), amount(f.Median, f.Unit), amount(f.Best, f.Unit), f.verdict())
	}
	fmt.Fprintf(&b, "\n  medians of %s; %d of %s met\n", counted(len(r.Rounds)/len(r.titles), "round"), barred-missed, counted(barred, "bar"))
	for _, row := range []string{"run", "events", "million"} {
		for _, last := range r.last() {
			if w := last.Uses[row]; w != nil {
				fmt.Fprintf(&b, "  %s on %s, last round: %d in %s; CPU for each: Rekey %.0f µs, sink %.0f µs, clients %.0f µs; Rekey had %.2f cores and at most %d MiB\n",
					row, last.Database, w.Count, w.Took.Round(time.Millisecond), w.each(w.Rekey), w.each(w.Sink), w.each(w.Client), w.Rekey.Seconds()/w.Took.Seconds(), w.RSS>>20)
			}
		}
	}
	_, err := fmt.Fprintln(out, b.String())
	return err
}

// last are the last rounds, one of each database.
func (r result) last() []round { return r.Rounds[len(r.Rounds)-len(r.titles):] }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

func (f figure) verdict() string {
	if f.Bar == 0 {
		return ""
	}
	sign, than := "✗", "≥"
	if f.met() {
		sign = "✓"
	}
	if f.Less {
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
		return number(int(value)) + " " + unit
	}
}

// number is a number with its thousands apart.
func number(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
