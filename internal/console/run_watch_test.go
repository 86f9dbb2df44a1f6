package console_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// stream is the answer to who watches a run.
type stream struct {
	*http.Response

	t     *testing.T
	lines *bufio.Scanner
	leave context.CancelFunc
}

// watch opens the stream of a run.
func (v *visitor) watch(path string) *stream {
	v.o.t.Helper()
	ctx, leave := context.WithCancel(v.o.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.o.URL()+path, nil)
	v.o.ok(err)
	r.Header.Set("Accept", "text/event-stream")
	answer, err := v.client.Do(r)
	v.o.ok(err)
	v.o.t.Cleanup(func() {
		leave()
		answer.Body.Close()
	})
	return &stream{answer, v.o.t, bufio.NewScanner(answer.Body), leave}
}

// next reads on to the next event of a name, and returns its text.
func (s *stream) next(event string) string {
	s.t.Helper()
	var name string
	var data []string
	for s.lines.Scan() {
		switch field, text, _ := strings.Cut(s.lines.Text(), ": "); field {
		case "event":
			name = text
		case "data":
			data = append(data, text)
		case "":
			if name == event {
				return strings.Join(data, "\n")
			}
			data = nil
		default:
			s.t.Fatalf("a line %q", s.lines.Text())
		}
	}
	s.t.Fatalf("the stream ended without %q (%v)", event, s.lines.Err())
	return ""
}

// ends reads to the end.
func (s *stream) ends() {
	s.t.Helper()
	for s.lines.Scan() {
		s.t.Logf("still: %s", s.lines.Text())
	}
	if err := s.lines.Err(); err != nil {
		s.t.Error(err)
	}
}

// slow starts a run for two people, of whom the mail server keeps one waiting
// until the gate is closed.
func (o *office) slow() (run rekey.Run, gate chan struct{}) {
	o.t.Helper()
	gate = make(chan struct{})
	late := o.person(rekey.RoleMember, named("Grace", "<script>"))
	o.mail.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<" + late.Address, Wait: gate}}})
	o.automation(o.manager, "Leak <script>", true, onExternal)
	run = o.happen(o.manager, "leak", o.member.ID, late.ID)[0]
	o.rests(run.ID, func(rekey.Run) bool {
		sent, err := o.DB.CountDeliveries(o.t.Context(), rekey.DeliveryQuery{RunID: run.ID, States: []rekey.DeliveryState{rekey.DeliverySent}, MaxRank: 3}, 10)
		o.ok(err)
		return sent == 1
	})
	return run, gate
}

func TestRunIsWatchedToItsEnd(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, gate := o.slow()
	at := "/runs/" + run.ID
	v := o.as(o.operator)
	v.get(at).shows(http.StatusOK, `sse-connect="`+at+`/live?show=&amp;shown=1"`, `sse-close="over"`, `sse-swap="count-Sent"`, "1 of 2 · sent 1")
	s := v.watch(at + "/live?show=sent&shown=0")
	if kind := s.Header.Get("Content-Type"); s.StatusCode != http.StatusOK || kind != "text/event-stream" || s.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s, %s", s.Status, kind)
	}
	if state := s.next("state"); !strings.Contains(state, "Sending") {
		t.Errorf("it is %s", state)
	}
	if progress := s.next("live"); !strings.Contains(progress, "1 of 2 · sent 1") || strings.Contains(progress, "<a ") || strings.Contains(progress, "<script>") {
		t.Errorf("it shows %s", progress)
	}
	if sent, fresh := s.next("count-Sent"), s.next("new"); sent != "1" || fresh != "1" {
		t.Errorf("%s are sent, %s are new", sent, fresh)
	}
	close(gate)
	if state := s.next("state"); !strings.Contains(state, "Finished") {
		t.Errorf("it is %s", state)
	}
	if progress := s.next("live"); !strings.Contains(progress, `value="2"`) || !strings.Contains(progress, "2 of 2 · sent 2") {
		t.Errorf("it shows %s", progress)
	}
	if said := s.next("said"); said != "Finished. 2 of 2 · sent 2" {
		t.Errorf("it is said that %s", said)
	}
	s.next("over")
	s.ends()
	v.get(at).lacks("sse-connect")
	again := v.watch(at + "/live")
	again.next("live")
	again.next("over")
	again.ends()
}

func TestWatchingEndsWithTheSessionAndTheRole(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, gate := o.slow()
	defer close(gate)
	live := "/runs/" + run.ID + "/live"
	out, demoted, lowered := o.as(o.manager), o.as(o.operator), o.as(o.root)
	mine, theirs, highest := out.watch(live), demoted.watch(live), lowered.watch(live)
	for _, s := range []*stream{mine, theirs, highest} {
		s.next("live")
	}
	out.post("/logout", nil).leads("/login")
	mine.next("over")
	mine.ends()
	change := func(u rekey.SystemUser, role rekey.Role) {
		u = o.read(u.ID)
		version := u.Version
		u.Role, u.Version = role, version+1
		o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(t.Context(), u, version, "") }))
	}
	change(o.operator, rekey.RoleMember)
	theirs.next("over")
	theirs.ends()
	demoted.get(live).shows(http.StatusForbidden)
	change(o.root, rekey.RoleOperator)
	highest.ends() // without "over": the browser comes again, as an Operator
	o.as(o.root).watch(live).next("live")
}

func TestMembersWatchNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, gate := o.slow()
	defer close(gate)
	o.as(o.person(rekey.RoleMember)).get("/runs/" + run.ID + "/live").shows(http.StatusForbidden).lacks("event:")
	o.as(o.operator).get("/runs/none/live").shows(http.StatusNotFound)
}

func TestOneUserWatchesFourRunsAndLeavingMakesRoom(t *testing.T) {
	t.Parallel()
	o := open(t)
	run, gate := o.slow()
	defer close(gate)
	live := "/runs/" + run.ID + "/live"
	v := o.as(o.operator)
	var streams []*stream
	for range 4 {
		streams = append(streams, v.watch(live))
		streams[len(streams)-1].next("live")
	}
	v.get(live).shows(http.StatusTooManyRequests, "You watch four runs already.")
	o.as(o.manager).watch(live).next("live")
	for _, s := range streams {
		s.leave()
	}
	// A stream that its reader has left ends, and takes nothing with it: there
	// is room for four others, as soon as the server has noticed.
	for n := 0; n < 4; {
		s := v.watch(live)
		if s.StatusCode == http.StatusOK {
			s.next("live")
			n++
		}
	}
}
