package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is a line of `go test -json`: a TestEvent (`go doc test2json`) or a
// BuildEvent (`go help buildjson`), which has ImportPath instead of Package.
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64 // seconds
	Output      string
	ImportPath  string
	FailedBuild string
}

// summary is what has been read so far.
type summary struct {
	out      io.Writer
	packages map[string]*pack
	builds   map[string]*strings.Builder // output of the compiler, by import path
	skips    []string
	passed   int
	failed   int
	skipped  int
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, packages: map[string]*pack{}, builds: map[string]*strings.Builder{}}
}

// read takes the events until in ends. A line that is no event comes from the
// go command itself and is shown as it is.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.take(e)
			} else {
				fmt.Fprintf(s.out, "%s\n", bytes.TrimRight(line, "\r\n"))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) take(e event) {
	switch {
	case e.Action == "build-output":
		if s.builds[e.ImportPath] == nil {
			s.builds[e.ImportPath] = &strings.Builder{}
		}
		s.builds[e.ImportPath].WriteString(e.Output)
	case e.Package == "":
		// build-fail: told by the package that it kept from being tested.
	case e.Test != "":
		s.pack(e.Package).take(s, e)
	case e.Action == "output":
		s.pack(e.Package).output.WriteString(e.Output)
	case e.Action == "pass", e.Action == "fail", e.Action == "skip":
		s.end(e)
	default:
		s.pack(e.Package)
	}
}

func (s *summary) pack(name string) *pack {
	if s.packages[name] == nil {
		s.packages[name] = &pack{name: name, tests: map[string]*test{}}
	}
	return s.packages[name]
}

// end closes a package: e is its last event.
func (s *summary) end(e event) {
	p := s.pack(e.Package)
	delete(s.packages, e.Package)
	p.abandon(s)
	switch {
	case e.FailedBuild != "":
		s.failed++
		fmt.Fprintf(s.out, "FAIL %s: does not build\n", p.name)
		if output := s.builds[e.FailedBuild]; output != nil {
			fmt.Fprint(s.out, indent(output.String()))
		}
	case e.Action == "fail":
		if p.failed == 0 {
			// TestMain, a leaked goroutine, a race after the last test: nobody's
			// failure in particular, and still one.
			s.failed++
		}
		fmt.Fprintf(s.out, "FAIL %s %.1fs\n%s", p.name, e.Elapsed, indent(readable(p.output.String())))
	case p.passed+p.skipped == 0:
		fmt.Fprintf(s.out, "-    %s: no tests\n", p.name)
	default:
		fmt.Fprintf(s.out, "ok   %s %.1fs, %d passed", p.name, e.Elapsed, p.passed)
		if p.skipped > 0 {
			fmt.Fprintf(s.out, ", %d skipped", p.skipped)
		}
		fmt.Fprintln(s.out)
	}
}

// close prints the skipped tests and the closing line, and reports whether
// the suite holds; in CI a skipped test is one that does not.
func (s *summary) close(ci bool) bool {
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		s.end(event{Action: "fail", Package: name})
		fmt.Fprintf(s.out, "FAIL %s: go test stopped before it ended\n", name)
	}
	if len(s.skips) > 0 {
		slices.Sort(s.skips)
		fmt.Fprintln(s.out, "\nskipped:")
		for _, skip := range s.skips {
			fmt.Fprintln(s.out, "  "+skip)
		}
		if ci {
			fmt.Fprintln(s.out, "In CI a skipped test is a failure.")
		}
	}
	none := s.passed+s.failed+s.skipped == 0
	if none {
		fmt.Fprintln(s.out, "No test ran.")
	}
	fmt.Fprintf(s.out, "\n%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return s.failed == 0 && !none && (s.skipped == 0 || !ci)
}
