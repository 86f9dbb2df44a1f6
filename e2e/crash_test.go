package e2e

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"rekey"
	"rekey/internal/app"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// blow is a moment at which the server is killed.
type blow struct {
	name string
	// step and nth: the server kills itself there.
	step engine.Step
	nth  int64
	// command: it is killed after the mail server has received the command, and before
	// the answer.
	command string
	// taken: the mail server has accepted the message before the kill.
	taken bool
	// answered: it is killed as soon as the event has been answered.
	answered bool
}

var blows = []blow{
	{name: "event stored, not answered", step: engine.StepStored, nth: 1},
	{name: "event answered", answered: true},
	{name: "planned", step: engine.StepPlanned, nth: 1},
	{name: "issued", step: engine.StepIssued, nth: 1},
	{name: "connected to the mail server", command: "EHLO"},
	{name: "before the body", command: "DATA"},
	{name: "before the final dot is taken", command: "."},
	{name: "after the final dot is taken", command: ".", taken: true},
	{name: "first answer heard", step: engine.StepAnswered, nth: 1},
	{name: "last answer heard", step: engine.StepAnswered, nth: 3},
	{name: "outcome recorded", step: engine.StepRecorded, nth: 1},
	{name: "batch ended", step: engine.StepBatchEnded, nth: 1},
}

func TestKilledAtEveryStepNothingIsLostAndNobodyLockedOut(t *testing.T) {
	t.Parallel()
	estate := newEstate(t, 3)
	for _, blow := range blows {
		for _, setting := range settings {
			t.Run(blow.name+"/"+setting, func(t *testing.T) {
				t.Parallel()
				crash(t, estate, blow, setting)
			})
		}
	}
}

// crash kills a server at a moment, starts another on its database, and checks the
// result of the event from outside.
func crash(t *testing.T, e estate, blow blow, setting string) {
	t.Helper()
	held := make(chan struct{})
	rule := mailtest.Rule{On: blow.command, Times: 1, Wait: held, Drop: mailtest.DropBefore}
	if blow.command == "." {
		rule.On = "DOT"
	}
	rule.Record = blow.taken
	script := mailtest.Script{}
	if blow.command != "" {
		script.Rules = []mailtest.Rule{rule}
	}
	s := newScene(t, e, script)

	n := s.node()
	n.Step, n.Nth = blow.step, blow.nth
	first := spawn(t, n)
	event := s.event("4711", setting, s.people...)
	receipts, err := s.api(first, s.siem).PostEvents(t.Context(), event)
	switch {
	case blow.command != "":
		s.peer.WaitForCommand(blow.command)
		first.Kill()
		close(held)
	case blow.answered:
		first.Kill()
	default:
		first.died()
	}
	if blow.step == engine.StepStored && err == nil {
		t.Error("the event was answered before it was killed")
	}
	s.search("after the kill")

	// The mail server makes the next server wait, so that the test sees the state before
	// anything is finished.
	gate := make(chan struct{})
	s.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "CONNECT", Wait: gate}}})
	second := spawn(t, s.node())
	s.nobodyIsLockedOut(second, setting)
	s.search("after the restart")
	close(gate)

	again, err := s.api(second, s.siem).PostEvents(t.Context(), event)
	if err != nil || len(again) != 1 {
		t.Fatalf("posted again: %+v, %v", again, err)
	}
	if !again[0].Repeat || len(receipts) == 1 && receipts[0].ID != again[0].ID {
		t.Errorf("an event that was stored has come in anew: %+v after %+v", again, receipts)
	}
	s.ended(second, again[0].ID, s.people)
	s.nobodyIsLockedOut(second, setting)
	s.search("after the end")
	s.passwordsAreAsTheSettingSays(second, setting)
	s.chooses(second, s.people[0])
	second.stop()
	s.search("after the stop")
	s.nothingSealed()
	s.countsKept()
}

// nobodyIsLockedOut checks that everybody can log in with the chosen or the mailed
// password (I1), except after revoke, and that every password in a mailbox logs in
// (I2).
func (s *scene) nobodyIsLockedOut(c *child, setting string) {
	s.t.Helper()
	for _, address := range s.people {
		box, mailed := s.look()[address]
		if !mailed && setting != "revoke" {
			if got := s.enter(c, address, s.chosen); got == asOwner {
				continue
			}
			if box, mailed = s.look()[address]; !mailed { // it may have come meanwhile
				s.t.Errorf("%s has no mail, and the chosen password does not log in", address)
			}
		}
		if !mailed {
			continue
		}
		if got := s.enter(c, address, box.password); got != toChange {
			s.t.Errorf("what was mailed to %s leads to: %s", address, got)
		}
	}
}

// passwordsAreAsTheSettingSays checks which passwords work after all mails were sent.
func (s *scene) passwordsAreAsTheSettingSays(c *child, setting string) {
	s.t.Helper()
	want := refused
	if setting == "keep" {
		want = asOwner
	}
	boxes := s.look()
	if len(boxes) != len(s.people) {
		s.t.Errorf("mails to %d people, want %d", len(boxes), len(s.people))
	}
	for _, address := range s.people {
		if got := s.enter(c, address, s.chosen); got != want {
			s.t.Errorf("%s: the old password leads to: %s, want: %s", address, got, want)
		}
	}
}

// chooses completes a change of password: the chosen one stays.
func (s *scene) chooses(c *child, address string) {
	s.t.Helper()
	const own = "velvet-anchor-9-thistle"
	box := s.look()[address]
	b := newBrowser(s.t, c.url, "", s.http.Transport)
	b.logIn(address, box.password)
	if got := entryOf(s.t, b.choose(box.password, own)); got != asOwner {
		s.t.Errorf("%s: the change led to: %s", address, got)
	}
	if got := s.enter(c, address, own); got != asOwner {
		s.t.Errorf("%s: the password of their own leads to: %s", address, got)
	}
	if got := s.enter(c, address, box.password); got != refused {
		s.t.Errorf("%s: after the change the mailed one leads to: %s", address, got)
	}
}

// TestStartsAddNoJobs checks that restarts after kills add no jobs while many runs
// wait.
func TestStartsAddNoJobs(t *testing.T) {
	t.Parallel()
	const events, starts = 20, 5
	e := newEstate(t, events)
	c := nodeIn(t, e.folder, "127.0.0.1:1").Config
	for start := range starts {
		a, err := app.New(t.Context(), c, app.Options{Argon2: cheap})
		if err != nil {
			t.Fatal(err)
		}
		for n := range events {
			if start > 0 {
				break
			}
			_, err := a.Engine.AcceptEvents(t.Context(), []rekey.Event{{Type: rekey.External, Name: "siem.keep", Source: source,
				SourceID: strconv.Itoa(n), Users: []string{e.people[n]}, Time: time.Now(), Received: time.Now(), Digest: []byte{1}}}, rekey.Authority{})
			if err != nil {
				t.Fatal(err)
			}
		}
		// What App.Run does before it takes up work.
		if err := errors.Join(a.DB.Recover(t.Context()), a.Engine.Sweep(t.Context(), 0)); err != nil {
			t.Fatal(err)
		}
		var jobs int
		if err := a.DB.SQLite().QueryRow(`SELECT COUNT(*) FROM river_job WHERE kind = 'execute'`).Scan(&jobs); err != nil {
			t.Fatal(err)
		}
		if jobs != events {
			t.Errorf("start %d: %d jobs for %d runs", start, jobs, events)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
