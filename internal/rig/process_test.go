package rig

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// childVariable has the tests' program be the process that a test starts.
const childVariable = "RIG_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if os.Getenv(childVariable) == "fails" || Announce("here", &Adder{}) != nil {
		os.Exit(1)
	}
	select {}
}

// Adder is a service.
type Adder struct{}

// Add adds one.
func (*Adder) Add(n int, sum *int) error {
	*sum = n + 1
	return nil
}

func start(t *testing.T, as string) *Process {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+as)
	p, err := Start(command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestAProcessSaysWhereItIsAndAnswersCalls(t *testing.T) {
	t.Parallel()
	p := start(t, "serves")
	address, err := p.Address()
	if err != nil || address != "here" || p.State() != nil {
		t.Fatalf("%q, %v, %v", address, err, p.State())
	}
	sum := 0
	if err := p.Call(t.Context(), "Adder.Add", 41, &sum); err != nil || sum != 42 {
		t.Errorf("%d, %v", sum, err)
	}
	if err := p.Stop(time.Minute); err == nil {
		t.Error("a process that does not heed SIGTERM has ended well")
	}
	if err := p.Call(t.Context(), "Adder.Add", 41, &sum); err == nil {
		t.Error("a process that has ended answers")
	}
}

func TestAProcessEndsWithItsInput(t *testing.T) {
	t.Parallel()
	p := start(t, "serves")
	if _, err := p.Address(); err != nil {
		t.Fatal(err)
	}
	_ = p.calls.Close() // as the end of this process does
	<-p.Ended()
}

func TestAProcessThatEndsBeforeItIsReadyIsAnError(t *testing.T) {
	t.Parallel()
	if address, err := start(t, "fails").Address(); err == nil {
		t.Errorf("it is at %q", address)
	}
}
