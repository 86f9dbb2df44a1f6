package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// table writes the medians and the best of all rounds, with the bars beside
// them.
func table(out io.Writer, on []*bench, rounds []round) error {
	first := rounds[0]
	var b strings.Builder
	fmt.Fprintf(&b, "\n  %s\n  %s, commit %s; load average %s before, %s after\n", first.machine, first.began.Format("2 January 2006, 15:04 MST"),
		first.commit, first.load, loadAverage())
	b.WriteString("  sink, clients, database and Rekey share the cores\n")
	width, barred, met := 0, 0, 0
	for _, l := range on[0].lines() {
		width = max(width, utf8.RuneCountInString(l.what))
	}
	for _, on := range on {
		fmt.Fprintf(&b, "\n  %s %12s %12s   bar\n", pad(on.db.title, width), "median", "best")
		for _, l := range on.lines() {
			f, measured := l.figure(on.db.name, rounds)
			if !measured {
				continue
			}
			fmt.Fprintf(&b, "  %s %12s %12s   %s\n", pad(f.what, width), amount(f.median, f.unit), amount(f.best, f.unit), f.verdict())
			if f.bar != 0 && !f.goal {
				barred++
				if f.met() {
					met++
				}
			}
		}
	}
	fmt.Fprintf(&b, "\n  rounds: %d; bars met: %d of %d\n", len(rounds)/len(on), met, barred)
	_, err := fmt.Fprintln(out, b.String())
	return err
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
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
