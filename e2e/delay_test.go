package e2e

import (
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/engine"
)

func TestTwoDaysAcrossAClockChangeEndAtTheSameLocalTime(t *testing.T) {
	t.Parallel()
	for zone, begins := range map[string]time.Time{
		"Europe/Berlin":    time.Date(2026, 3, 28, 8, 30, 0, 0, time.UTC),   // 9:30, the clocks go forward the night after
		"America/New_York": time.Date(2026, 10, 31, 13, 30, 0, 0, time.UTC), // 9:30, they go back
	} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			place, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			w := setup(t, options{begins: begins})
			w.automation(w.admin, rekey.SendParams{}, func(a *client.Automation) {
				a.Delay, a.TimeZone = rekey.Delay{Unit: "days", Value: 2}, zone
			})
			ada := w.people("ada")[0]
			id := w.leaked(ada)
			event, err := w.admin.Event(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			run := w.run(id, func(r client.Run) bool { return r.State == "waiting" })
			const layout = "2006-01-02 15:04:05.000"
			if got, want := run.DueAt.In(place).Format(layout), event.Time.In(place).AddDate(0, 0, 2).Format(layout); got != want {
				t.Errorf("due at %s, want %s", got, want)
			}
			if run.DueAt.Sub(event.Time) == 48*time.Hour {
				t.Error("no clock was changed in between: this shows nothing")
			}
			w.pass(run.DueAt.Sub(w.now()) - 10*time.Second)
			if run := w.run(id, func(client.Run) bool { return true }); run.State != "waiting" || len(w.peer.Messages()) != 0 {
				t.Errorf("ten seconds before it is due the run is %s", run.State)
			}
			w.pass(11 * time.Second)
			w.wantEntry(ada, w.receive(id, ada), toChange)
		})
	}
}

func TestWhoChangesDuringTheDelayIsTreatedAsTheyAreThen(t *testing.T) {
	t.Parallel()
	w := setup(t, options{})
	sales, err := w.admin.CreateSelection(t.Context(), rekey.Selection{Name: "Sales", Expression: `user.attributes["team"] == "sales"`})
	if err != nil {
		t.Fatal(err)
	}
	w.automation(w.admin, rekey.SendParams{}, func(a *client.Automation) {
		a.Delay, a.SelectionID = rekey.Delay{Unit: "days", Value: 2}, sales.ID
	})
	in := func(name, team, kind string) person {
		return w.person(client.User{Address: name + "@example.org", Type: kind, Attributes: map[string]string{"team": team}})
	}
	stays, joins, leaves := in("stays", "sales", "ui"), in("joins", "it", "ui"), in("leaves", "sales", "ui")
	blocked, becomes, calls := in("blocked", "sales", "ui"), in("becomes", "sales", "ui"), in("calls", "sales", "hybrid")
	id := w.leaked(stays, joins, leaves, blocked, becomes, calls)
	w.pass(47 * time.Hour)
	w.run(id, func(r client.Run) bool { return r.State == "waiting" })

	joins.Attributes["team"], leaves.Attributes["team"], becomes.Type = "sales", "it", "api"
	for _, p := range []person{joins, leaves, becomes} {
		if _, err := w.admin.UpdateUser(t.Context(), p.User); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.admin.BlockUser(t.Context(), blocked.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.api(client.WithPassword(calls.Address, calls.password)).Account(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	list := w.finish(id)
	for p, want := range map[*person][2]string{
		&stays: {"sent", ""}, &joins: {"sent", ""}, &leaves: {"skipped", "not in the selection"},
		&blocked: {"skipped", "blocked"}, &becomes: {"skipped", "uses the API"}, &calls: {"skipped", "uses the API"},
	} {
		d := list[p.Address]
		if d.State != want[0] || d.ReasonText != want[1] {
			t.Errorf("%s: %s, %s; want %v", p.Address, d.State, d.ReasonText, want)
		}
		if mails := len(w.mailed(*p)); (mails == 1) != (want[0] == "sent") {
			t.Errorf("%s: %d mails", p.Address, mails)
		}
	}
	for _, p := range []person{leaves, calls} {
		w.wantEntry(p, p.password, asOwner)
	}
}

func TestWhoBecomesAnAPIUserBetweenPlanningAndSendingGetsNothing(t *testing.T) {
	t.Parallel()
	planned, goOn := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	w := setup(t, options{
		change: func(c *app.Config) { c.Workers = 1 }, // so that nobody sends while the one holds
		steps: func(s engine.Step) {
			if s == engine.StepPlanned {
				close(planned)
				<-goOn
			}
		},
	})
	t.Cleanup(release) // also if the test ends early
	w.automation(w.admin, rekey.SendParams{OldPassword: "revoke"}, nil)
	ada := w.people("ada")[0]
	id := w.leaked(ada)
	<-planned
	if run := w.run(id, func(client.Run) bool { return true }); run.Deliveries["queued"] != 1 {
		t.Fatalf("planned are %v", run.Deliveries)
	}
	ada.Type = "api"
	if _, err := w.admin.UpdateUser(t.Context(), ada.User); err != nil {
		t.Fatal(err)
	}
	release()
	if d := w.finish(id)[ada.Address]; d.State != "skipped" || d.Reason != "api_user" {
		t.Errorf("the delivery is %s: %s", d.State, d.ReasonText)
	}
	if n := len(w.peer.Messages()); n != 0 {
		t.Errorf("%d mails", n)
	}
	if _, err := w.api(client.WithPassword(ada.Address, ada.password)).Account(t.Context()); err != nil {
		t.Errorf("its password no longer works: %v", err)
	}
}
