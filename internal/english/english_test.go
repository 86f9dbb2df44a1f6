package english

import "testing"

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
