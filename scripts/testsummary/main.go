// Command testsummary reads the output of `go test -json` from standard input
// and shows it to people: a line for each package as it ends, the output of
// what failed as it fails, every skipped test with its reason, and one closing
// line, always the last:
//
//	412 passed, 0 failed, 1 skipped
//
// Its status is 1 if anything failed, did not build or did not end, if no test ran at
// all, and, with CI=true in the environment, if any test was skipped: a suite that runs
// nothing must not look like a passed one.
package main

import (
	"fmt"
	"os"
)

func main() {
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsummary: reading the output of go test:", err)
		os.Exit(1)
	}
	if !s.close(os.Getenv("CI") == "true") {
		os.Exit(1)
	}
}
