package e2e

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/access"
	"rekey/internal/mail/mailtest"
)

func TestStrangerWhoAsksForResetsAndGuessesKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	const home, away = "192.0.2.1", "203.0.113.9"
	w := setup(t, options{limits: access.Limits{PerSecond: 1e6, Burst: 1e6, ResetsPerSource: 100}})
	ada := w.people("ada")[0]
	if got := entryOf(t, w.browser(home).logIn(ada.Address, ada.password)); got != asOwner {
		t.Fatal(got)
	}
	stranger := w.browser(away)
	forgot := func(address string) page { return stranger.post("/forgot-password", url.Values{"address": {address}}) }
	for _, mails := range []int{1, 1, 2, 3, 3} { // one in 15 minutes, three a day
		known, unknown := forgot(ada.Address), forgot("nobody@example.org")
		if known != unknown {
			t.Error("the answer tells whether there is such a user")
		}
		w.sent(ada, mails)
		w.pass(8 * time.Minute)
		if mails > 1 {
			w.pass(8 * time.Minute)
		}
	}
	mailed := w.mailed(ada)
	if len(mailed) != 3 {
		t.Fatalf("%d mails", len(mailed))
	}
	wrong := stranger.logIn("nobody@example.org", "a guess of theirs")
	for range 8 {
		if p := stranger.logIn(ada.Address, "a guess of theirs"); p.status != wrong.status ||
			strings.ReplaceAll(p.body, ada.Address, "nobody@example.org") != wrong.body {
			t.Error("the answer to a guess tells whether there is such a user, or that they are locked")
		}
	}
	if got := entryOf(t, stranger.logIn(ada.Address, ada.password)); got != refused {
		t.Fatalf("after eight guesses the right password leads to: %s", got)
	}
	if got := entryOf(t, w.browser(home).logIn(ada.Address, ada.password)); got != asOwner {
		t.Errorf("at home, her own password leads to: %s", got)
	}
	// The mailed password is accepted, also from the source of the guesses, and ends
	// the lock.
	if got := entryOf(t, w.browser(away).logIn(ada.Address, mailed[2])); got != toChange {
		t.Errorf("while locked, the mailed password leads to: %s", got)
	}
	if got := entryOf(t, w.browser(away).logIn(ada.Address, ada.password)); got != asOwner {
		t.Errorf("after that her own leads to: %s", got)
	}
}

func TestAutomationOfAManagerDoesNotReachAnAdministrator(t *testing.T) {
	t.Parallel()
	w := setup(t, options{})
	boss := w.person(client.User{Address: "boss@example.org", Role: "administrator"})
	peer := w.person(client.User{Address: "peer@example.org", Role: "manager"})
	member := w.people("member")[0]
	margaret := w.person(client.User{Address: "margaret@example.org", Type: "hybrid", Role: "manager"})
	token, err := w.admin.CreateToken(t.Context(), margaret.ID, client.NewToken{Name: "tests"})
	if err != nil {
		t.Fatal(err)
	}
	manager := w.api(client.WithToken(token.Text))

	params, err := json.Marshal(rekey.SendParams{SystemUser: boss.ID})
	if err != nil {
		t.Fatal(err)
	}
	_, err = manager.CreateAutomation(t.Context(), client.Automation{Name: "Direct", EventType: "user.created", JobType: "send_new_password", JobParams: params})
	wantProblem(t, err, 422)
	_, err = manager.SendPassword(t.Context(), boss.ID)
	wantProblem(t, err, 404)
	_, err = manager.SendPassword(t.Context(), peer.ID)
	wantProblem(t, err, 403)

	w.automation(manager, rekey.SendParams{OldPassword: "revoke", IncludeAPIUsers: true}, nil)
	id := w.leaked(boss, peer, margaret, member)
	list := w.finish(id)
	for _, p := range []person{boss, peer, margaret} {
		if d := list[p.Address]; d.State != "skipped" || d.Reason != "not_the_owners_to_set" {
			t.Errorf("%s: %s %s", p.Address, d.State, d.Reason)
		}
		w.wantEntry(p, p.password, asOwner)
	}
	if len(w.mailed(member)) != 1 || len(w.peer.Messages()) != 1 {
		t.Errorf("%d mails, one of them to the member: %v", len(w.peer.Messages()), w.mailed(member) != nil)
	}
	seen, err := manager.Deliveries(t.Context(), "", client.DeliveryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range seen.Items {
		if d.UserID == boss.ID || d.Subject == boss.Address {
			t.Error("the manager is shown the administrator's delivery")
		}
	}
}

func TestEventsAreTakenOnlyFromWhoMayPostThem(t *testing.T) {
	t.Parallel()
	w := setup(t, options{})
	w.automation(w.admin, rekey.SendParams{}, nil)
	ada := w.people("ada")[0]
	other := w.person(client.User{Address: "other@example.org", Type: "api",
		Sources: []rekey.EventSource{{Source: "/other", Names: []string{"other.*"}}}})
	token, err := w.admin.CreateToken(t.Context(), other.ID, client.NewToken{Name: "tests"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := w.api(client.WithToken(token.Text))
	genuine := client.CloudEvent{ID: "4711", Source: source, Type: leak, Data: client.EventData("", ada.Address)}
	for name, e := range map[string]client.CloudEvent{
		"somebody else's source and id": genuine,
		"somebody else's name":          {ID: "1", Source: "/other", Type: leak, Data: client.EventData("", ada.Address)},
		"an internal type":              {ID: "2", Source: "/other", Type: "password.send_requested", Data: client.EventData("", ada.Address)},
		"an internal type as name":      {ID: "3", Source: "/other", Type: "external", Data: client.EventData("user.created", ada.Address)},
		"our own source":                {ID: "4", Source: "rekey", Type: "other.thing", Data: client.EventData("", ada.Address)},
	} {
		_, err := stranger.PostEvents(t.Context(), e)
		if err == nil {
			t.Errorf("%s was taken", name)
			continue
		}
		wantProblem(t, err, 403)
	}
	kept, err := w.admin.Events(t.Context(), client.EventQuery{Type: "external"})
	if err != nil || len(kept.Items) != 0 {
		t.Errorf("%d of them were kept, %v", len(kept.Items), err)
	}
	receipts, err := w.siem.PostEvents(t.Context(), genuine)
	if err != nil || receipts[0].Repeat {
		t.Fatalf("the genuine one was answered with %+v, %v", receipts, err)
	}
	w.receive(receipts[0].ID, ada)
}

func TestNothingThatAStrangerWroteBecomesPartOfAMail(t *testing.T) {
	t.Parallel()
	w := setup(t, options{})
	w.automation(w.admin, rekey.SendParams{}, nil)
	for _, u := range []client.User{
		{Address: "eve@example.org", FirstName: "Eve\r\nBcc: mallory@example.com"},
		{Address: "eve@example.org", FirstName: "Eve\u2028Mallory"},
		{Address: "eve@example.org", LastName: "see https://evil.example/"},
		{Address: "eve@example.org", LastName: "WWW.evil.example"},
		{Address: "eve@example.org\r\nBcc: mallory@example.com"},
		{Address: "\"eve\r\nRCPT TO:<mallory@example.com>\"@example.org"},
	} {
		u.Type, u.Role = "ui", "member"
		_, err := w.admin.CreateUser(t.Context(), u)
		wantProblem(t, err, 422)
	}
	eve := w.person(client.User{Address: "eve@example.org", FirstName: `<b>Eve</b> "E."`, LastName: "& Söhne, <mallory@example.com>"})
	receipts, err := w.siem.PostEvents(t.Context(), client.CloudEvent{ID: "1", Source: source, Type: leak, Subject: "https://evil.example/subject",
		Data: json.RawMessage(`{"system_users":["eve@example.org"],"note":"visit https://evil.example/"}`)})
	if err != nil {
		t.Fatal(err)
	}
	w.receive(receipts[0].ID, eve)
	message := w.peer.Messages()[0]
	mail := mailtest.Parse(t, message.Data)
	if len(message.To) != 1 || mail.To != eve.Address || !strings.Contains(mail.ToName, "Söhne") {
		t.Errorf("the mail goes to %v, %q <%s>", message.To, mail.ToName, mail.To)
	}
	if strings.Contains(mail.HTML, "<b>Eve") {
		t.Error("the name is HTML in the mail")
	}
	for _, part := range []string{string(message.Data), mail.Text, mail.HTML} {
		if strings.Contains(part, "evil.example") {
			t.Error("the event's data is in the mail")
		}
	}
}

func TestSelectionThatCostsTooMuchTouchesNobody(t *testing.T) {
	t.Parallel()
	w := setup(t, options{})
	attributes := map[string]string{}
	for _, letter := range "abcdefghijklmnopqrstuvwxyz" {
		attributes[string(letter)] = strings.Repeat(string(letter), 400)
	}
	ada := w.person(client.User{Address: "ada@example.org", Attributes: attributes})
	dear, err := w.admin.CreateSelection(t.Context(), rekey.Selection{Name: "Dear", Expression: `user.attributes.all(a, user.attributes.all(b,
		user.attributes.all(c, user.attributes.all(d, user.attributes[a] + user.attributes[b] + user.attributes[c] + user.attributes[d] != ""))))`})
	if err != nil {
		wantProblem(t, err, 422) // refused when it is saved
		return
	}
	w.automation(w.admin, rekey.SendParams{}, func(a *client.Automation) { a.SelectionID = dear.ID })
	d := w.finish(w.leaked(ada))[ada.Address]
	if d.State != "skipped" || d.Reason != "selection_not_evaluated" || len(w.peer.Messages()) != 0 {
		t.Errorf("the delivery is %s: %s", d.State, d.ReasonText)
	}
	w.wantEntry(ada, ada.password, asOwner)
}
