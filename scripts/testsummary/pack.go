package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pack is a package while its tests run. The counts are those of its tests;
// the same tests are counted in the summary too.
type pack struct {
	name                    string
	tests                   map[string]*test
	output                  strings.Builder
	passed, failed, skipped int
}

// test is a test or subtest from its first event to the end of its package.
type test struct {
	output strings.Builder
	// begun is set by an event of its own: what is only a part of a name with a
	// slash in it is no test.
	begun, ended bool
	subtests     bool
	// subFailed is set when a subtest failed, at any depth: the parent, which
	// fails with it, is not counted again.
	subFailed bool
}

func (p *pack) test(name string) *test {
	if p.tests[name] == nil {
		p.tests[name] = &test{}
		for _, parent := range parents(name) {
			p.test(parent).subtests = true
		}
	}
	return p.tests[name]
}

// parents are the tests that contain name: "A/b/c" is in "A/b" and "A".
func parents(name string) (list []string) {
	for i := strings.LastIndexByte(name, '/'); i >= 0; i = strings.LastIndexByte(name, '/') {
		name = name[:i]
		list = append(list, name)
	}
	return list
}

func (p *pack) take(s *summary, e event) {
	t := p.test(e.Test)
	t.begun = true
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "bench":
		t.end()
		if !t.subtests {
			p.passed++
			s.passed++
		}
	case "fail":
		p.fail(s, e.Test, "")
	case "skip":
		p.skip(s, e.Test)
	}
}

func (p *pack) fail(s *summary, name, how string) {
	t := p.test(name)
	for _, parent := range parents(name) {
		p.test(parent).subFailed = true
	}
	output := readable(t.output.String())
	t.end()
	if !t.subFailed {
		p.failed++
		s.failed++
	} else if strings.TrimSpace(output) == "" {
		return
	}
	fmt.Fprintf(s.out, "FAIL %s %s%s\n%s", p.name, name, how, indent(output))
}

func (p *pack) skip(s *summary, name string) {
	t := p.test(name)
	reason := strings.Join(strings.Fields(readable(t.output.String())), " ")
	t.end()
	p.skipped++
	s.skipped++
	if reason == "" {
		reason = "no reason given"
	}
	s.skips = append(s.skips, p.name+" "+name+": "+reason)
}

// abandon fails the tests that began and never ended: a panic, a time limit,
// a killed process. The innermost come first, so that each counts once.
func (p *pack) abandon(s *summary) {
	names := slices.SortedFunc(maps.Keys(p.tests), func(a, b string) int {
		if c := strings.Count(b, "/") - strings.Count(a, "/"); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if t := p.tests[name]; t.begun && !t.ended {
			p.fail(s, name, ": did not end")
		}
	}
}

// end marks the test and lets go of its output: a suite may print much.
func (t *test) end() {
	t.ended = true
	t.output = strings.Builder{}
}

// frames begin the lines that say what the runner does, not what a test says.
var frames = []string{
	"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "=== ATTR ", "=== ARTIFACTS ",
	"--- PASS: ", "--- FAIL: ", "--- SKIP: ", "--- BENCH: ",
}

// readable returns output without its frames and the verdict on the package.
func readable(output string) string {
	var kept strings.Builder
	for line := range strings.Lines(output) {
		text := strings.TrimSpace(line)
		verdict := text == "PASS" || text == "FAIL" || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "ok  \t")
		isFrame := slices.ContainsFunc(frames, func(f string) bool { return strings.HasPrefix(text, f) })
		if !verdict && !isFrame {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// indent moves every line of text to the right and ends the last one.
func indent(text string) string {
	var moved strings.Builder
	for line := range strings.Lines(text) {
		moved.WriteString("     " + strings.TrimRight(line, "\n") + "\n")
	}
	return moved.String()
}
