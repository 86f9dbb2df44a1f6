package main

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

// stream returns the lines of `go test -json` for events written as
// "action package test output", where test may be "-" for none.
func stream(events ...string) string {
	var lines strings.Builder
	for _, e := range events {
		part := strings.SplitN(e, " ", 4)
		lines.WriteString(`{"Time":"2026-01-02T03:04:05Z","Action":"` + part[0] + `","Package":"` + part[1] + `"`)
		if len(part) > 2 && part[2] != "-" {
			lines.WriteString(`,"Test":"` + part[2] + `"`)
		}
		if len(part) > 3 {
			lines.WriteString(`,"Output":"` + part[3] + `\n"`)
		}
		lines.WriteString("}\n")
	}
	return lines.String()
}

// run returns what is printed for a stream, and whether the suite holds.
func run(t *testing.T, in string, ci bool) (string, bool) {
	t.Helper()
	var out strings.Builder
	s := newSummary(&out)
	if err := s.read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	holds := s.close(ci)
	return out.String(), holds
}

func TestClosingLineCountsEveryTestOnce(t *testing.T) {
	t.Parallel()
	const skipReason = "output p TestS     s_test.go:3: no server here"
	cases := []struct {
		name    string
		events  []string
		closing string
		holds   bool
		inCI    bool
		says    []string
	}{
		{
			name:    "tests pass",
			events:  []string{"start p", "run p TestA", "pass p TestA", "run p TestB", "pass p TestB", "pass p"},
			closing: "2 passed, 0 failed, 0 skipped", holds: true, inCI: true,
			says: []string{"ok   p 0.0s, 2 passed"},
		},
		{
			name:    "a parent is not counted beside its subtests",
			events:  []string{"run p TestA", "run p TestA/x", "run p TestA/x/y", "pass p TestA/x/y", "pass p TestA/x", "pass p TestA", "pass p"},
			closing: "1 passed, 0 failed, 0 skipped", holds: true, inCI: true,
		},
		{
			name: "a subtest fails",
			events: []string{
				"run p TestA", "run p TestA/x", "output p TestA/x     a_test.go:9: got 1, want 2",
				"run p TestA/y", "pass p TestA/y", "output p TestA/x     --- FAIL: TestA/x (0.00s)", "fail p TestA/x", "fail p TestA", "output p - FAIL", "fail p",
			},
			closing: "1 passed, 1 failed, 0 skipped",
			says:    []string{"FAIL p TestA/x\n         a_test.go:9: got 1, want 2\n"},
		},
		{
			name:    "a parent fails by itself",
			events:  []string{"run p TestA", "run p TestA/x", "pass p TestA/x", "output p TestA     a_test.go:7: left over", "fail p TestA", "fail p"},
			closing: "1 passed, 1 failed, 0 skipped",
			says:    []string{"FAIL p TestA\n", "a_test.go:7: left over"},
		},
		{
			name:    "a test is skipped",
			events:  []string{"run p TestA", "pass p TestA", "run p TestS", "output p TestS === RUN   TestS", skipReason, "output p TestS --- SKIP: TestS (0.00s)", "skip p TestS", "pass p"},
			closing: "1 passed, 0 failed, 1 skipped", holds: true, inCI: false,
			says: []string{"skipped:\n  p TestS: s_test.go:3: no server here\n", "ok   p 0.0s, 1 passed, 1 skipped"},
		},
		{
			name:    "a skip without a reason says so",
			events:  []string{"run p TestA", "pass p TestA", "run p TestS", "skip p TestS", "pass p"},
			closing: "1 passed, 0 failed, 1 skipped", holds: true, inCI: false,
			says: []string{"p TestS: no reason given"},
		},
		{
			name:    "a package without tests is no skipped test",
			events:  []string{"start q", "output q - ?   \\tq\\t[no test files]", "skip q", "run p TestA", "pass p TestA", "pass p"},
			closing: "1 passed, 0 failed, 0 skipped", holds: true, inCI: true,
		},
		{
			name:    "no test ran",
			events:  []string{"start q", "skip q"},
			closing: "0 passed, 0 failed, 0 skipped",
			says:    []string{"No test ran."},
		},
		{
			name:    "nothing was read",
			closing: "0 passed, 0 failed, 0 skipped",
			says:    []string{"No test ran."},
		},
		{
			name:    "a test panics",
			events:  []string{"run p TestA", "pass p TestA", "run p TestB", "run p TestB/x", "output p TestB/x panic: oh", "output p - exit status 2", "fail p"},
			closing: "1 passed, 1 failed, 0 skipped",
			says:    []string{"FAIL p TestB/x: did not end\n     panic: oh\n", "exit status 2"},
		},
		{
			name:    "a name has a slash in it",
			events:  []string{"run p TestA", "run p TestA/Europe/Berlin", "pass p TestA/Europe/Berlin", "pass p TestA", "pass p"},
			closing: "1 passed, 0 failed, 0 skipped", holds: true, inCI: true,
		},
		{
			name:    "a package fails though its tests pass",
			events:  []string{"run p TestA", "pass p TestA", "output p - goleak: found a goroutine", "fail p"},
			closing: "1 passed, 1 failed, 0 skipped",
			says:    []string{"FAIL p 0.0s\n     goleak: found a goroutine\n"},
		},
		{
			name:    "go test is killed between two tests",
			events:  []string{"start p", "run p TestA", "pass p TestA"},
			closing: "1 passed, 1 failed, 0 skipped",
			says:    []string{"FAIL p: go test stopped before it ended"},
		},
		{
			name:    "a panic while another package goes on",
			events:  []string{"run p TestA", "run q TestA", "fail p", "pass q TestA", "pass q"},
			closing: "1 passed, 1 failed, 0 skipped",
			says:    []string{"FAIL p TestA: did not end", "ok   q 0.0s, 1 passed"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, holds := run(t, stream(c.events...), false)
			if !strings.HasSuffix(out, "\n"+c.closing+"\n") {
				t.Errorf("the last line is not %q:\n%s", c.closing, out)
			}
			if holds != c.holds {
				t.Errorf("holds = %t, want %t", holds, c.holds)
			}
			if _, holds := run(t, stream(c.events...), true); holds != c.inCI {
				t.Errorf("holds in CI = %t, want %t", holds, c.inCI)
			}
			for _, text := range c.says {
				if !strings.Contains(out, text) {
					t.Errorf("does not say %q:\n%s", text, out)
				}
			}
		})
	}
}

func TestPackageThatDoesNotBuildFailsWithTheCompilersWords(t *testing.T) {
	t.Parallel()
	out, holds := run(t, `{"ImportPath":"p [p.test]","Action":"build-output","Output":"# p\n"}
{"ImportPath":"p [p.test]","Action":"build-output","Output":"./a.go:3:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p [p.test]"}
`+stream("run q TestA", "pass q TestA", "pass q"), false)
	if holds {
		t.Error("the suite holds though a package does not build")
	}
	for _, text := range []string{"FAIL p: does not build\n     # p\n     ./a.go:3:1: undefined: x\n", "\n1 passed, 1 failed, 0 skipped\n"} {
		if !strings.Contains(out, text) {
			t.Errorf("does not say %q:\n%s", text, out)
		}
	}
}

func TestLineOfTheGoCommandIsShownAsItIs(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "go: cannot find main module\n{\"half\":", false)
	if !strings.HasPrefix(out, "go: cannot find main module\n{\"half\":\n") {
		t.Errorf("got %q", out)
	}
}

func TestBrokenInputIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken pipe")
	if err := newSummary(&strings.Builder{}).read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
