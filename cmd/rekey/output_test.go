package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A user's own name must not control the terminal.
func TestTextsOfOthersStayOnTheirLine(t *testing.T) {
	t.Parallel()
	const bad = "Ada\x1b[2J\r\nroot\u009b31m\ttab"
	var out, errors bytes.Buffer
	e := env{stdout: &out, stderr: &errors}
	if err := e.table([]string{"NAME"}, [][]string{{bad}}); err != nil {
		t.Fatal(err)
	}
	if err := e.facts(fact{"Name", bad}); err != nil {
		t.Fatal(err)
	}
	e.fail(bad, statusFailed)
	for _, text := range []string{out.String(), errors.String()} {
		if strings.ContainsAny(text, "\x1b\r\t\u009b") {
			t.Errorf("%q", text)
		}
	}
	if strings.Count(out.String(), "\n") != 3 || strings.Count(errors.String(), "\n") != 1 {
		t.Errorf("%q %q", &out, &errors)
	}
}

// Without a terminal a long command prints a line for each stage, and one in every
// half minute.
func TestProgressSaysLittleWithoutATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Now()
	p := newProgress(&out)
	p.now = func() time.Time { return now }
	for i := range 100 {
		p.show("copying", i, 100, "users")
		now = now.Add(time.Second)
	}
	p.show("comparing", 100, 100, "tokens")
	p.clear()
	const want = "copying: 0 of 100 done\ncopying: 30 of 100 done\ncopying: 60 of 100 done\ncopying: 90 of 100 done\ncomparing: 100 of 100 done\n"
	if out.String() != want {
		t.Errorf("got\n%s", &out)
	}
}
