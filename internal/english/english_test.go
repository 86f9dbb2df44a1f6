package english

import (
	"testing"
	"time"
)

func TestArticleGoesByTheSound(t *testing.T) {
	t.Parallel()
	for noun, want := range map[string]string{
		"administrator": "an administrator", "manager": "a manager", "operator": "an operator", "member": "a member",
		"API user": "an API user", "system user": "a system user", "user": "a user", "event": "an event", "UUID": "a UUID", "int": "an int", "": "a ",
	} {
		if got := A(noun); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOneIsNotMany(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 runs", 1: "1 run", 2: "2 runs", 1000: "1000 runs"} {
		if got := Count(n, "run", "runs"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDurationIsInOneUnit(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 90 * time.Second: "90 seconds", -7 * time.Minute: "7 minutes", 100 * time.Minute: "100 minutes",
		24 * time.Hour: "24 hours", 72 * time.Hour: "3 days",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
