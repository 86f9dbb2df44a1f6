package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// state is what the history says of one commit: the last entry of each row.
type state struct {
	name    string
	entries []entry
}

// compare writes what has changed in the history from one state to another.
// Each is named by the beginning of a commit, or of the date of a run as it is in
// the history. Left out, the later is the last commit that was measured, and the
// earlier the one before it.
func compare(out io.Writer, history []entry, names []string) error {
	names, err := twoNames(history, names)
	if err != nil {
		return err
	}
	var states [2]state
	for i, name := range names {
		states[i] = stateOf(history, name)
		if len(states[i].entries) == 0 {
			return fmt.Errorf("compare: the history has nothing of %s", name)
		}
	}
	return writeChanges(out, states[0], states[1])
}

// twoNames completes the names with those of the last commits.
func twoNames(history []entry, names []string) ([]string, error) {
	var commits []string // each where it was measured last
	for _, e := range history {
		commits = append(slices.DeleteFunc(commits, func(c string) bool { return c == e.Commit }), e.Commit)
	}
	switch {
	case len(names) > 2:
		return nil, errors.New("compare: give at most two, the earlier first")
	case len(names) == 2:
		return names, nil
	case len(names) == 1 && len(commits) > 0:
		return []string{names[0], commits[len(commits)-1]}, nil
	case len(commits) < 2:
		return nil, errors.New("compare: the history has fewer than two commits; record one with -record")
	}
	return commits[len(commits)-2:], nil
}

// stateOf is what the history says of a commit or a date.
func stateOf(history []entry, name string) state {
	s := state{name: name}
	last := map[string]int{}
	for _, e := range history {
		if !strings.HasPrefix(e.Commit, name) && !strings.HasPrefix(e.Date.Format("2006-01-02T15:04:05Z"), name) {
			continue
		}
		key := e.Database + " " + e.Row
		if at, seen := last[key]; seen {
			s.entries[at] = e
			continue
		}
		last[key] = len(s.entries)
		s.entries = append(s.entries, e)
	}
	return s
}

// find returns the entry of a row.
func (s state) find(database, row string) (entry, bool) {
	for _, e := range s.entries {
		if e.Database == database && e.Row == row {
			return e, true
		}
	}
	return entry{}, false
}

// writeChanges writes a table of the rows that both states have.
func writeChanges(out io.Writer, earlier, later state) error {
	var b strings.Builder
	width, compared := 0, 0
	for _, e := range later.entries {
		width = max(width, utf8.RuneCountInString(e.Row))
	}
	for _, s := range []state{earlier, later} {
		e := s.entries[len(s.entries)-1]
		fmt.Fprintf(&b, "\n  %-12s %s, load %s, %s", e.Commit, e.Date.Format("2 January 2006, 15:04 MST"), e.Load, e.Machine)
	}
	b.WriteString("\n")
	if earlier.entries[0].Machine != later.entries[0].Machine {
		b.WriteString("  not the same machine: only the ratios (×) mean something\n")
	}
	database := ""
	for _, now := range later.entries {
		before, there := earlier.find(now.Database, now.Row)
		if !there {
			continue
		}
		if compared++; now.Database != database {
			database = now.Database
			fmt.Fprintf(&b, "\n  %s %14s %14s %9s\n", pad(database, width), "old", "new", "new/old")
		}
		share := "-"
		if before.Median != 0 {
			share = fmt.Sprintf("%.2f ×", now.Median/before.Median)
		}
		fmt.Fprintf(&b, "  %s %14s %14s %9s   %s\n", pad(now.Row, width), amount(before.Median, before.Unit), amount(now.Median, now.Unit), share, worth(before, now))
	}
	if compared == 0 {
		return fmt.Errorf("compare: %s and %s have no row in common", earlier.name, later.name)
	}
	_, err := fmt.Fprintln(out, b.String())
	return err
}

// worth says what a difference is worth: nothing as long as some round before
// was as good as some round now and the other way round.
func worth(before, now entry) string {
	if len(before.Rounds) < 2 || len(now.Rounds) < 2 {
		return "one round, so its spread is not known"
	}
	rose, fell := slices.Max(before.Rounds) < slices.Min(now.Rounds), slices.Min(before.Rounds) > slices.Max(now.Rounds)
	switch {
	case !rose && !fell:
		return "within the spread of rounds"
	case rose != now.Less:
		return "better"
	default:
		return "worse"
	}
}
