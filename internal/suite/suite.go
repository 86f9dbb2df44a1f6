// Package suite holds what the tests of all packages share: how long they wait, and
// how much they try.
package suite

import (
	"os"
	"time"
)

// Limit is how long a test waits for a result. It only ends tests that hang. No
// test may depend on the speed of the machine: one with half a core under load is a
// hundred times slower than an idle one. scripts/test gives a package several times
// as long.
const Limit = 10 * time.Minute

// ThoroughVariable is the environment variable that makes the suite thorough:
// `make test-all` sets it to 1.
const ThoroughVariable = "SUITE_THOROUGH"

// ProgramVariable is the environment variable with the path of the program rekey,
// built once for all packages. scripts/test sets it. Without it a test that needs
// the program builds it.
const ProgramVariable = "SUITE_PROGRAM"

// Thorough reports whether the suite tries as much as it can, which takes an hour.
func Thorough() bool { return os.Getenv(ThoroughVariable) == "1" }

// Times is how often a random test is tried: few times, or many in the thorough
// suite.
func Times(few, many int) int {
	if Thorough() {
		return many
	}
	return few
}
