package e2e

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/mail/mailtest"
	"rekey/internal/pgtest"
)

// move stops the server, moves its installation to an empty PostgreSQL and starts it
// there, at the same address and with the same keys. It returns the number of jobs made
// for unfinished work.
func (w *world) move() (jobs int64) {
	w.t.Helper()
	w.stop()
	w.stop = nil // nothing to stop if the move fails
	if err := <-w.served; err != nil {
		w.t.Fatal(err)
	}
	if err := w.app.Close(); err != nil {
		w.t.Fatal(err)
	}
	c, o := w.app.Config, app.Options{Logger: slog.New(slog.NewJSONHandler(w.watch, nil)), Clock: w.now, Argon2: cheap, Limits: free}
	to := pgtest.Database(w.t)
	w.t.Cleanup(w.close) // before that database is dropped
	done, err := app.Copy(w.t.Context(), app.Move{From: "sqlite:" + c.Database, To: to}, w.now, func(app.MoveStep) {})
	if err != nil {
		w.t.Fatal(err)
	}
	if a, err := app.New(w.t.Context(), c, o); rekey.CodeOf(err) != rekey.CodeConflict || !strings.Contains(err.Error(), "moved to "+done.To) {
		w.t.Errorf("a server on the file that was moved: %v, %v", a, err)
	}
	c.Listen, c.Database, c.Keys = strings.TrimPrefix(w.app.URL(), "http://"), to, done.Keys
	next, err := app.New(w.t.Context(), c, o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.app = next
	w.start()
	return done.Jobs
}

func TestAnInstallationThatMovesToPostgreSQLGoesOnWithAllThatIsPending(t *testing.T) {
	t.Parallel()
	w := setup(t, options{})
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, func(a *client.Automation) {
		a.Name, a.EventFilter.Name.Value, a.Delay, a.TimeZone = "Later", "siem.later", rekey.Delay{Unit: "days", Value: 2}, "UTC"
	})
	people := w.people("ada", "grace", "alan", "edsger", "barbara")
	ada, grace, alan, edsger, barbara := people[0], people[1], people[2], people[3], people[4]
	mailed := w.receive(w.leaked(ada), ada)
	deferred := func(p person, rule mailtest.Rule) string {
		w.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{rule}})
		id := w.leaked(p)
		w.run(id, func(r client.Run) bool { return r.Deliveries["deferred"] == 1 })
		return id
	}
	later := deferred(grace, mailtest.Rule{On: "RCPT TO:<grace@", Reply: "451 4.3.0 not now"})
	lost := deferred(alan, mailtest.Rule{On: "DOT", Times: 1, Record: true, Drop: mailtest.DropBefore})
	event := client.CloudEvent{ID: "in two days", Source: source, Type: "siem.later", Data: client.EventData("", edsger.Address)}
	receipts, err := w.siem.PostEvents(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	delayed := receipts[0].ID
	run := w.run(delayed, func(r client.Run) bool { return r.State == "waiting" })
	b := w.browser("")
	b.logIn(barbara.Address, barbara.password)

	if jobs := w.move(); jobs != 3 {
		t.Errorf("%d jobs were made for two mails and a run", jobs)
	}
	w.peer.SetScript(mailtest.Script{})
	if p := b.get("/account"); p.path != "/account" {
		t.Errorf("the session leads to %s", p.path)
	}
	w.wantEntry(barbara, barbara.password, asOwner)
	w.wantEntry(ada, mailed, toChange)
	w.wantEntry(ada, ada.password, refused)
	w.wantEntry(grace, grace.password, asOwner)
	w.wantEntry(alan, w.mailed(alan)[0], toChange)
	if receipts, err := w.siem.PostEvents(t.Context(), event); err != nil || !receipts[0].Repeat || receipts[0].ID != delayed {
		t.Errorf("the event again: %+v, %v", receipts, err)
	}

	w.pass(3 * time.Minute)
	w.wantEntry(grace, w.receive(later, grace), toChange)
	w.wantEntry(grace, grace.password, refused)
	w.pass(time.Hour) // a copy of an unanswered mail waits longer
	w.finish(lost)
	if list := w.mailed(alan); len(list) != 2 || list[0] != list[1] {
		t.Errorf("%d mails to %s, or their passwords differ", len(list), alan.Address)
	}
	w.wantEntry(edsger, edsger.password, asOwner)
	w.ahead.Add(int64(run.DueAt.Sub(w.now()))) // without a sweep: its job waits for it
	w.wantEntry(edsger, w.receive(delayed, edsger), toChange)
	w.wantEntry(edsger, edsger.password, refused)
	w.wantEntry(ada, mailed, toChange)
}
