package e2e

import (
	"sync"
	"syscall"
	"testing"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// A stopped process answers nobody, and on SQLite no other can replace it. So only the
// worker sleeps here, while the recipient chooses a password. The engine's own tests
// show a worker that sleeps through its lease.
func TestPasswordChosenWhileTheWorkerSleepsStays(t *testing.T) {
	t.Parallel()
	answered, wakeUp := make(chan struct{}), make(chan struct{})
	var once sync.Once
	release := sync.OnceFunc(func() { close(wakeUp) })
	w := setup(t, options{steps: func(s engine.Step) {
		if s == engine.StepAnswered {
			once.Do(func() {
				close(answered)
				<-wakeUp
			})
		}
	}})
	t.Cleanup(release) // also if the test ends early
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	people := w.people("ada", "grace")
	id := w.leaked(people...)
	<-answered
	w.peer.WaitFor(1)
	ada := people[0]
	if len(w.mailed(ada)) == 0 {
		ada = people[1]
	}
	mailed := w.mailed(ada)[0]
	w.wantEntry(ada, ada.password, asOwner)
	b := w.browser("")
	if got := entryOf(t, b.logIn(ada.Address, mailed)); got != toChange {
		t.Fatalf("before the acceptance is recorded the mailed password leads to: %s", got)
	}
	own := w.newPassword(ada.Address)
	if got := entryOf(t, b.choose(mailed, own)); got != asOwner {
		t.Fatalf("the change led to: %s", got)
	}
	release()
	list := w.finish(id)
	if d := list[ada.Address]; d.State != "done" || d.ReplyCode != 250 {
		t.Errorf("the delivery is %s, the reply that came late %d", d.State, d.ReplyCode)
	}
	w.wantEntry(ada, own, asOwner)
	w.wantEntry(ada, mailed, refused)
	w.wantEntry(ada, ada.password, refused)
	for _, p := range people {
		if n := len(w.mailed(p)); n != 1 {
			t.Errorf("%d mails to %s", n, p.Address)
		}
	}
}

func TestProcessStoppedInMidBatchGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	s := newScene(t, newEstate(t, 3), mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Wait: held}}})
	server := spawn(t, s.node())
	receipts, err := s.api(server, s.siem).PostEvents(t.Context(), s.event("4711", "replace", s.people...))
	if err != nil {
		t.Fatal(err)
	}
	s.peer.WaitForCommand(".")
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	close(held)
	s.peer.WaitFor(1) // the mail server accepts while nobody listens
	s.search("while it is stopped")
	if err := server.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.nobodyIsLockedOut(server, "replace")
	s.ended(server, receipts[0].ID, s.people)
	s.passwordsAreAsTheSettingSays(server, "replace")
	s.chooses(server, s.people[0])
	for address, box := range s.look() {
		if box.copies != 1 {
			t.Errorf("%d mails to %s", box.copies, address)
		}
	}
	server.stop()
	s.search("after the stop")
	s.nothingSealed()
	s.countsKept()
}
