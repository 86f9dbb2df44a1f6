package e2e

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"rekey"
	"rekey/client"
	"rekey/internal/mail/mailtest"
)

// Actions in a world, and their results.

// automation makes an active automation. Unless change says otherwise, a leak sends
// all people involved a new password at once.
func (w *world) automation(c *client.Client, p rekey.SendParams, change func(*client.Automation)) {
	w.t.Helper()
	if p.SystemUser == "" && !p.EverybodyInSelection {
		p.UseEventParameter = true
	}
	if p.Ceiling == 0 {
		p.Ceiling = 10_000
	}
	params, err := json.Marshal(p)
	if err != nil {
		w.t.Fatal(err)
	}
	a := client.Automation{
		Name: "Leaked credentials", EventType: "external", JobType: "send_new_password", JobParams: params, SelectionID: client.NoSelection,
		EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: "equals", Value: leak}},
	}
	if change != nil {
		change(&a)
	}
	saved, err := c.CreateAutomation(w.t.Context(), a)
	if err == nil {
		_, err = c.ActivateAutomation(w.t.Context(), saved.ID, saved.Version)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// leaked posts an event that names these people, and returns the id that Rekey gave it.
func (w *world) leaked(people ...person) string {
	w.t.Helper()
	addresses := make([]string, len(people))
	for i, p := range people {
		addresses[i] = p.Address
	}
	return w.event(addresses...)
}

func (w *world) event(subjects ...string) string {
	w.t.Helper()
	receipts, err := w.siem.PostEvents(w.t.Context(), client.CloudEvent{
		ID: "event-" + strconv.FormatInt(w.last.Add(1), 10), Source: source, Type: leak, Data: client.EventData("", subjects...),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return receipts[0].ID
}

// run returns the one run of an event, once it is ready.
func (w *world) run(event string, ready func(client.Run) bool) client.Run {
	w.t.Helper()
	var run client.Run
	eventually(w.t, "the run", func() bool {
		found, err := w.admin.Runs(w.t.Context(), client.RunFilter{EventID: event})
		if err != nil || len(found.Items) != 1 {
			w.t.Fatalf("%d runs, %v", len(found.Items), err)
		}
		run = found.Items[0]
		return ready(run)
	})
	return run
}

// finish waits until the run of an event has ended and returns its deliveries
// by subject.
func (w *world) finish(event string) map[string]client.Delivery {
	w.t.Helper()
	return w.deliveries(w.run(event, client.Run.Ended))
}

func (w *world) deliveries(run client.Run) map[string]client.Delivery {
	w.t.Helper()
	found, err := w.admin.Deliveries(w.t.Context(), run.ID, client.DeliveryFilter{Paging: client.Paging{Limit: 500}})
	if err != nil {
		w.t.Fatal(err)
	}
	list := map[string]client.Delivery{}
	for _, d := range found.Items {
		list[d.Subject] = d
	}
	return list
}

// sent waits until n mails to a person have been accepted and recorded.
func (w *world) sent(p person, n int) {
	w.t.Helper()
	eventually(w.t, "the mails to "+p.Address, func() bool {
		found, err := w.admin.Deliveries(w.t.Context(), "", client.DeliveryFilter{UserID: p.ID, State: "sent"})
		if err != nil {
			w.t.Fatal(err)
		}
		return len(found.Items) >= n
	})
}

// mailed returns the passwords in the mails to a person, the first first.
func (w *world) mailed(p person) []string {
	w.t.Helper()
	var list []string
	for _, m := range w.peer.Messages() {
		if len(m.To) == 1 && strings.EqualFold(m.To[0], p.Address) {
			list = append(list, mailtest.Parse(w.t, m.Data).Password())
		}
	}
	return list
}

// receive waits for the run of an event and returns the password in the only
// mail to a person.
func (w *world) receive(event string, p person) string {
	w.t.Helper()
	if d := w.finish(event)[p.Address]; d.State != "sent" {
		w.t.Fatalf("the delivery to %s is %s: %s", p.Address, d.State, d.ReasonText)
	}
	list := w.mailed(p)
	if len(list) != 1 || list[0] == "" {
		w.t.Fatalf("%d mails to %s", len(list), p.Address)
	}
	return list[0]
}

// wantEntry logs in from a browser of its own.
func (w *world) wantEntry(p person, password string, want entry) {
	w.t.Helper()
	if got := entryOf(w.t, w.browser("").logIn(p.Address, password)); got != want {
		w.t.Errorf("%s: the password leads to: %s, want: %s", p.Address, got, want)
	}
}

// wantProblem checks that err is an answer of the API with that status.
func wantProblem(t testing.TB, err error, status int) {
	t.Helper()
	var problem *client.Problem
	if !errors.As(err, &problem) {
		t.Errorf("got %v, want a problem with status %d", err, status)
		return
	}
	if problem.Status != status {
		t.Errorf("got %d %v, want %d", problem.Status, problem, status)
	}
}
