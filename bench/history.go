package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"
)

// historyFile is where results are kept, from the root of the repository.
const historyFile = "bench/history.jsonl"

// entry is a line of the history: a figure of one run of this program.
type entry struct {
	Commit   string    `json:"commit"` // with + if the tree had changes
	Date     time.Time `json:"date"`
	Machine  string    `json:"machine"`
	Load     string    `json:"load"` // the average of a minute, before and after
	Database string    `json:"database"`
	Row      string    `json:"row"`
	Median   float64   `json:"median"`
	Best     float64   `json:"best"`
	Unit     string    `json:"unit"`
	Rounds   []float64 `json:"rounds"`
	Less     bool      `json:"less_is_better,omitempty"`
}

// recordIn appends a result to a history.
func recordIn(path string, r result) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // it is part of the repository
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := json.NewEncoder(file)
	out.SetEscapeHTML(false)
	for _, f := range r.Figures {
		rounds := make([]float64, len(f.Rounds))
		for i, value := range f.Rounds {
			rounds[i] = short(value)
		}
		err := out.Encode(entry{
			Commit: r.Commit, Date: r.Date, Machine: r.Machine.String(), Load: r.Machine.Load + " → " + r.Machine.LoadAfter,
			Database: f.Database, Row: f.Key, Median: short(f.Median), Best: short(f.Best), Unit: f.Unit, Rounds: rounds, Less: f.Less,
		})
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
	}
	return nil
}

// short is a value without digits that say nothing.
func short(value float64) float64 {
	if value == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(value))))
	return math.Round(value*scale) / scale
}

// readHistory reads what was recorded, the oldest first.
func readHistory(path string) ([]entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	defer func() { _ = file.Close() }()
	var list []entry
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("history: line %d of %s: %w", len(list)+1, path, err)
		}
		list = append(list, e)
	}
	return list, lines.Err()
}

// thisCommit is the commit of the working tree, with + if there are changes
// beside the history.
func thisCommit(ctx context.Context) string {
	commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(commit))
	changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", ":/", ":(top,exclude)"+historyFile).Output()
	if err != nil || len(changes) > 0 {
		name += "+"
	}
	return name
}
