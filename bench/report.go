package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// table writes the medians and the best of all rounds, with the bars beside
// them.
func table(out io.Writer, on []*bench, rounds []round) error {
	columns := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	barred, met := 0, 0
	for _, on := range on {
		fmt.Fprintf(columns, "\n  %s\t%12s\t%12s\t  bar\n", on.db.title, "median", "best")
		for _, l := range on.lines() {
			f, measured := l.figure(on.db.name, rounds)
			if !measured {
				continue
			}
			fmt.Fprintf(columns, "  %s\t%12s\t%12s\t  %s\n", f.what, amount(f.median, f.unit), amount(f.best, f.unit), f.verdict())
			if f.bar != 0 && !f.goal {
				barred++
				if f.met() {
					met++
				}
			}
		}
	}
	fmt.Fprintf(columns, "\n  rounds: %d; bars met: %d of %d; load average %.2f before, %.2f after\n", len(rounds)/len(on), met, barred, rounds[0].load, loadAverage())
	fmt.Fprintln(columns, "  sink, clients, database and Rekey share the cores")
	return columns.Flush()
}

// verdict says whether a bar is met.
func (f figure) verdict() string {
	if f.bar == 0 {
		return ""
	}
	sign, than := "✗", "≥"
	if f.met() {
		sign = "✓"
	}
	if f.most {
		than = "≤"
	}
	if f.goal {
		than = "goal " + than
	}
	return sign + " " + than + " " + amount(f.bar, f.unit)
}

// amount is a number with its unit.
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
func number(n int) string { return message.NewPrinter(language.English).Sprint(n) }
