package e2e

import (
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/mail/mailtest"
)

func TestServerThatIsDownForAWhileLosesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t, options{begins: time.Now(), script: mailtest.Script{Greeting: "554 5.3.2 out of order"}})
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	people := w.people("ada", "grace", "alan")
	id := w.leaked(people...)
	run := w.run(id, func(r client.Run) bool { return r.Deliveries["deferred"] == len(people) })
	for _, d := range w.deliveries(run) {
		if d.Reason != "transport_down" || d.Attempts != 0 {
			t.Errorf("%s: %s, %d attempts charged", d.Subject, d.ReasonText, d.Attempts)
		}
	}
	for _, p := range people {
		w.wantEntry(p, p.password, asOwner)
	}
	if p := w.browser("").get("/readyz"); p.status != 200 && p.status != 503 {
		t.Errorf("readiness: %d", p.status)
	}
	w.peer.SetScript(mailtest.Script{}) // it is back, and found to be without help
	for _, p := range people {
		w.wantEntry(p, w.receive(id, p), toChange)
		w.wantEntry(p, p.password, refused)
	}
}

func TestRevocationWaitsUntilTheServerIsBack(t *testing.T) {
	t.Parallel()
	w := setup(t, options{begins: time.Now(), script: mailtest.Script{Greeting: "554 5.3.2 out of order"}})
	w.automation(w.admin, rekey.SendParams{OldPassword: "revoke"}, nil)
	ada := w.people("ada")[0]
	id := w.leaked(ada)
	w.peer.WaitForOpen(0)
	eventually(t, "an attempt", func() bool { return w.peer.Opened() > 0 })
	w.run(id, func(r client.Run) bool { return r.Deliveries["queued"] == 1 })
	w.wantEntry(ada, ada.password, asOwner)
	w.peer.SetScript(mailtest.Script{})
	w.wantEntry(ada, w.receive(id, ada), toChange)
	w.wantEntry(ada, ada.password, refused)
}

func TestMailWhoseReplyWasLostLogsInThoughTheRetryIsRefused(t *testing.T) {
	t.Parallel()
	w := setup(t, options{begins: time.Now(), script: mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Record: true, Drop: mailtest.DropBefore}}}})
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	ada := w.people("ada")[0]
	id := w.leaked(ada)
	w.run(id, func(r client.Run) bool { return r.Deliveries["deferred"] == 1 })
	mailed := w.mailed(ada)[0]
	w.wantEntry(ada, mailed, toChange)
	w.wantEntry(ada, ada.password, asOwner) // no acceptance was heard
	w.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "550 5.1.1 no such user"}}})
	w.pass(37 * time.Minute) // a copy waits for half an hour, and up to a fifth more
	if d := w.finish(id)[ada.Address]; d.State != "failed" {
		t.Fatalf("the delivery is %s", d.State)
	}
	w.wantEntry(ada, mailed, toChange)
	w.wantEntry(ada, ada.password, asOwner)
	w.pass(73 * time.Hour)
	w.wantEntry(ada, mailed, refused)
	w.wantEntry(ada, ada.password, asOwner)
}

func TestReplyThatQuotesTheMessageIsKeptWithoutThePassword(t *testing.T) {
	t.Parallel()
	w := setup(t, options{begins: time.Now(), script: mailtest.Script{Rules: []mailtest.Rule{
		{On: "DOT", Times: 1, Reply: "451 4.3.0 I do not like this: {message}", Record: true}}}})
	w.automation(w.admin, rekey.SendParams{}, nil)
	ada := w.people("ada")[0]
	id := w.leaked(ada)
	run := w.run(id, func(r client.Run) bool { return r.Deliveries["deferred"] == 1 })
	if d := w.deliveries(run)[ada.Address]; d.ReplyCode != 451 || d.ReplyText == "" || len(d.ReplyText) > 200 {
		t.Errorf("kept of the reply: %d %q", d.ReplyCode, d.ReplyText)
	}
	w.wantEntry(ada, w.mailed(ada)[0], refused) // definitely not taken
	w.learn()
	w.watch.check(t, w.folder)
	w.pass(2 * time.Minute)
	w.finish(id)
	if messages := w.peer.Messages(); len(messages) != 2 || string(messages[0].Data) != string(messages[1].Data) {
		t.Errorf("%d messages, or they differ", len(messages))
	}
	w.wantEntry(ada, w.mailed(ada)[1], toChange)
}
