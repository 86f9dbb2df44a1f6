package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"
)

// json prints a value for programs.
func (e *env) json(v any) error {
	out := json.NewEncoder(e.stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// table prints rows for people, under a line of titles.
func (e *env) table(titles []string, rows [][]string) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 3, ' ', 0)
	for _, row := range append([][]string{titles}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = onLine(cell)
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// fact is one line of what is shown about one thing.
type fact struct{ name, value string }

// facts prints those that have a value.
func (e *env) facts(all ...fact) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 3, ' ', 0)
	for _, f := range all {
		if f.value == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s\t%s\n", f.name, onLine(f.value)); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (e *env) say(format string, args ...any) error {
	_, err := fmt.Fprintf(e.stdout, format+"\n", args...)
	return err
}

// onLine replaces control characters, so that text from others cannot break its line
// or control the terminal.
func onLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// moment formats a time for people, in the zone of this machine.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// momentIn formats a time for people, in a given zone.
func momentIn(t time.Time, zone string) string {
	in, err := time.LoadLocation(zone)
	if err != nil || t.IsZero() {
		return moment(t)
	}
	return t.In(in).Format("2006-01-02 15:04:05 MST")
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// isTerminal reports whether w can redraw a line.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// sayEvery is the time between two lines of progress without a terminal.
const sayEvery = 30 * time.Second

// progress is a bar on a terminal. Without one it is a line for each stage and in
// every half minute.
type progress struct {
	w     io.Writer
	on    bool // w is a terminal
	now   func() time.Time
	shown bool
	stage string
	last  time.Time // when a line was printed
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, on: isTerminal(w), now: time.Now, last: time.Now()}
}

// show shows how much of total is done. Without a terminal, a new stage prints a line
// at once; a command with one stage leaves it "". On a terminal, word is shown next to
// the bar.
func (p *progress) show(stage string, done, total int, word string) {
	if !p.on {
		if p.due(stage) {
			_, _ = fmt.Fprintln(p.w, strings.TrimPrefix(fmt.Sprintf("%s: %d of %d done", stage, done, total), ": "))
		}
		return
	}
	const width = 30
	filled := 0
	if total > 0 {
		filled = min(width, width*done/total)
	}
	p.shown = true
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s%s  %d/%d  %s", strings.Repeat("█", filled), strings.Repeat("░", width-filled), done, total, onLine(word))
}

// due reports whether it is time for a line without a terminal.
func (p *progress) due(stage string) bool {
	if p.on || stage == p.stage && p.now().Sub(p.last) < sayEvery {
		return false
	}
	p.stage, p.last = stage, p.now()
	return true
}

// clear makes room for other output.
func (p *progress) clear() {
	if p.shown {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
