package main

import (
	"bytes"
	"strings"
	"testing"
)

// A name that somebody gave themselves must not write over the terminal.
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
	e.fail(&testError{bad}, statusFailed)
	for _, text := range []string{out.String(), errors.String()} {
		if strings.ContainsAny(text, "\x1b\r\t\u009b") {
			t.Errorf("%q", text)
		}
	}
	if strings.Count(out.String(), "\n") != 3 || strings.Count(errors.String(), "\n") != 1 {
		t.Errorf("%q %q", &out, &errors)
	}
}

type testError struct{ text string }

// Error implements error.
func (e *testError) Error() string { return e.text }
