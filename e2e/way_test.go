package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/client"
)

func TestReplaceRestsTheOldPasswordUntilTheMailedOneExpires(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o options) {
		w := setup(t, o)
		w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
		ada := w.people("ada")[0]
		w.wantEntry(ada, ada.password, asOwner)
		event := w.leaked(ada)
		mailed := w.receive(event, ada)
		w.wantEntry(ada, ada.password, refused)
		w.wantEntry(ada, mailed, toChange)
		w.wantEntry(ada, mailed, toChange) // again, until the change is completed

		w.pass(71 * time.Hour)
		w.wantEntry(ada, ada.password, refused)
		w.wantEntry(ada, mailed, toChange)
		w.ahead.Add(int64(time.Hour)) // nothing has to run for it to come back
		w.wantEntry(ada, ada.password, asOwner)
		w.wantEntry(ada, mailed, refused)
		w.sweep()
		w.wantEntry(ada, ada.password, asOwner)
		w.wantEntry(ada, mailed, refused)
		if d := w.finish(event)[ada.Address]; d.State != "expired" {
			t.Errorf("the delivery is %s", d.State)
		}
	})
}

func TestCompletedChangeEndsTheMailedAndTheOldPassword(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"replace", "keep", "revoke"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			w := setup(t, options{})
			w.automation(w.admin, rekey.SendParams{OldPassword: rekey.OldPassword(setting)}, nil)
			ada := w.people("ada")[0]
			event := w.leaked(ada)
			mailed := w.receive(event, ada)

			other := w.browser("")
			if p := other.logIn(ada.Address, mailed); entryOf(t, p) != toChange {
				t.Fatal("the mailed password does not log in")
			}
			b := w.browser("")
			b.logIn(ada.Address, mailed)
			chosen := w.newPassword(ada.Address)
			if got := entryOf(t, b.choose(mailed, chosen)); got != asOwner {
				t.Fatalf("after the change: %s", got)
			}
			if p := other.get("/"); p.path != "/login" {
				t.Errorf("another session goes on, at %s", p.path)
			}
			w.wantEntry(ada, chosen, asOwner)
			w.wantEntry(ada, mailed, refused)
			w.wantEntry(ada, ada.password, refused)
			if d := w.finish(event)[ada.Address]; d.State != "done" {
				t.Errorf("the delivery is %s", d.State)
			}
			w.pass(100 * time.Hour)
			w.wantEntry(ada, chosen, asOwner)
			w.wantEntry(ada, mailed, refused)
			w.wantEntry(ada, ada.password, refused)
		})
	}
}

func TestKeepLeavesBothPasswordsUntilTheChange(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o options) {
		w := setup(t, o)
		w.automation(w.admin, rekey.SendParams{OldPassword: "keep"}, nil)
		ada := w.people("ada")[0]
		b := w.browser("")
		b.logIn(ada.Address, ada.password)
		mailed := w.receive(w.leaked(ada), ada)
		w.wantEntry(ada, ada.password, asOwner)
		w.wantEntry(ada, mailed, toChange)
		if p := b.get("/"); p.path != "/" {
			t.Errorf("the session was ended: it is at %s", p.path)
		}
		w.pass(72 * time.Hour)
		w.wantEntry(ada, ada.password, asOwner)
		w.wantEntry(ada, mailed, refused)
	})
}

func TestRevokeEndsPasswordSessionsAndTokensAtOnceAndForGood(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o options) {
		w := setup(t, o)
		w.automation(w.admin, rekey.SendParams{OldPassword: "revoke"}, nil)
		grace := w.person(client.User{Address: "grace@example.org", Type: "hybrid", Role: "operator"})
		token, err := w.admin.CreateToken(t.Context(), grace.ID, client.NewToken{Name: "script"})
		if err != nil {
			t.Fatal(err)
		}
		w.watch.secret(grace.password, grace.Address)
		script := w.api(client.WithToken(token.Text))
		if _, err := script.Account(t.Context()); err != nil {
			t.Fatal(err)
		}
		b := w.browser("")
		if got := entryOf(t, b.logIn(grace.Address, grace.password)); got != asOwner {
			t.Fatalf("log-in led to: %s", got)
		}
		mailed := w.receive(w.leaked(grace), grace)

		if p := b.get("/"); p.path != "/login" {
			t.Errorf("the session goes on, at %s", p.path)
		}
		_, err = script.Account(t.Context())
		wantProblem(t, err, 401)
		w.wantEntry(grace, grace.password, refused)
		w.wantEntry(grace, mailed, toChange)
		w.pass(72 * time.Hour)
		w.wantEntry(grace, grace.password, refused)
		w.wantEntry(grace, mailed, refused)
		_, err = script.Account(t.Context())
		wantProblem(t, err, 401)
	})
}

func TestSameEventAHundredTimesAtOnceIsOneRunOneMailOnePassword(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o options) {
		w := setup(t, o)
		w.automation(w.admin, rekey.SendParams{}, nil)
		ada := w.people("ada")[0]
		event := client.CloudEvent{ID: "4711", Source: source, Type: leak, Data: client.EventData("", ada.Address)}
		var posts sync.WaitGroup
		var mu sync.Mutex
		ids, first := map[string]int{}, 0
		start := make(chan struct{})
		for range 100 {
			posts.Go(func() {
				<-start
				receipts, err := w.siem.PostEvents(t.Context(), event)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || len(receipts) != 1 {
					t.Errorf("answered with %+v, %v", receipts, err)
					return
				}
				ids[receipts[0].ID]++
				if !receipts[0].Repeat {
					first++
				}
			})
		}
		close(start)
		posts.Wait()
		if len(ids) != 1 || first != 1 {
			t.Fatalf("%d ids, %d of the answers say that it was new", len(ids), first)
		}
		for id := range ids {
			w.wantEntry(ada, w.receive(id, ada), toChange) // which checks that there is one run and one mail
		}
		if n := len(w.peer.Messages()); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestEventThatNamesAnUnknownUserIsKeptAndItsRunSaysSo(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o options) {
		w := setup(t, o)
		w.automation(w.admin, rekey.SendParams{}, nil)
		ada := w.people("ada")[0]
		id := w.event("nobody@example.org", ada.Address)
		list := w.finish(id)
		if d := list["nobody@example.org"]; d.State != "skipped" || d.ReasonText != "not a system user" {
			t.Errorf("the stranger's delivery is %s: %s", d.State, d.ReasonText)
		}
		if d := list[ada.Address]; d.State != "sent" {
			t.Errorf("Ada's is %s", d.State)
		}
		event, err := w.admin.Event(t.Context(), id)
		if err != nil || len(event.SystemUsers) != 2 {
			t.Errorf("the event is kept as %+v, %v", event, err)
		}
		for _, m := range w.peer.Messages() {
			if m.To[0] != ada.Address {
				t.Errorf("a mail to %s", m.To[0])
			}
		}
	})
}

func TestMailedPasswordOpensOnlyTheChange(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o options) {
		w := setup(t, o)
		w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
		grace := w.person(client.User{Address: "grace@example.org", Type: "hybrid", Role: "administrator"})
		mailed := w.receive(w.leaked(grace), grace)

		b := w.browser("")
		b.logIn(grace.Address, mailed)
		for _, path := range []string{"/", "/login", "/forgot-password", "/setup", "/.well-known/change-password"} {
			if p := b.get(path); p.path != "/change-password" {
				t.Errorf("GET %s led to %s", path, p.path)
			}
		}
		for _, path := range []string{"/login", "/forgot-password", "/setup", "/setup/check"} {
			if p := b.post(path, url.Values{"address": {grace.Address}, "password": {grace.password}}); p.path != "/change-password" {
				t.Errorf("POST %s led to %s", path, p.path)
			}
		}
		operations := w.operations()
		if len(operations) < 30 {
			t.Fatalf("only %d operations", len(operations))
		}
		for _, o := range operations {
			if status := w.call(o.method, strings.ReplaceAll(o.path, "{id}", grace.ID), grace.Address, mailed); o.change {
				if status/100 == 2 {
					t.Errorf("%s %s with nothing chosen: %d", o.method, o.path, status)
				}
			} else if status != http.StatusForbidden {
				t.Errorf("%s %s: %d", o.method, o.path, status)
			}
		}
		own := w.newPassword(grace.Address)
		change := client.PasswordChange{CurrentPassword: mailed, NewPassword: own}
		if err := w.api(client.WithPassword(grace.Address, mailed)).ChangePassword(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if account, err := w.api(client.WithPassword(grace.Address, own)).Account(t.Context()); err != nil || account.User.ID != grace.ID {
			t.Errorf("with a password of her own: %v, %v", account.User.Address, err)
		}
		w.wantEntry(grace, own, asOwner)
		if p := b.get("/"); p.path != "/login" {
			t.Errorf("the session of the mailed password goes on, at %s", p.path)
		}
	})
}

// operation is one of the API's.
type operation struct {
	method, path string
	change       bool // of the password
}

// operations reads from the API's own document what it has.
func (w *world) operations() []operation {
	w.t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	p := w.browser("").get("/api/openapi.json")
	if err := json.Unmarshal([]byte(p.body), &document); err != nil {
		w.t.Fatal(err)
	}
	var list []operation
	for path, methods := range document.Paths {
		for method := range methods {
			switch method = strings.ToUpper(method); method {
			case "GET", "PUT", "POST", "DELETE", "PATCH":
				list = append(list, operation{method, path, path == client.Prefix+"/account/password"})
			}
		}
	}
	return list
}

// call calls the API with an empty object, and returns the status.
func (w *world) call(method, path, address, password string) int {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.app.URL()+path, strings.NewReader("{}"))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(address, password)
	answer, err := w.heard().RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
