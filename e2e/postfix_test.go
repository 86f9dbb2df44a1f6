package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/mail/mailtest"
)

func TestRealMailServerDeliversAndThePasswordInTheMailboxLogsIn(t *testing.T) {
	t.Parallel()
	names := make([]string, 30)
	for i := range names {
		names[i] = fmt.Sprintf("person%d", i)
	}
	server := startPostfix(t, names...)
	w := setup(t, options{smtp: server.smtp()})
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace", Note: "Grüße aus Köln.\n. a line that begins with a dot\n.\nand goes on"}, nil)
	var people []person
	for i, name := range names {
		people = append(people, w.person(client.User{Address: name + "@test.example", FirstName: "Zoë", LastName: "Müller",
			Language: []string{"en", "de", "fr", "es"}[i%4]}))
	}
	// Nobody has this mailbox: the server says so at RCPT.
	stranger := w.person(client.User{Address: "stranger@test.example"})

	list := w.finish(w.leaked(append(people, stranger)...))
	d := list[stranger.Address]
	if d.State != "failed" || d.ReplyCode != 550 || !strings.Contains(d.ReplyText, "5.1.1") {
		t.Errorf("the delivery to a mailbox that is not there is %s: %d %s", d.State, d.ReplyCode, d.ReplyText)
	}
	w.wantEntry(stranger, stranger.password, asOwner)
	for i, p := range people {
		d := list[p.Address]
		if d.State != "sent" {
			t.Fatalf("the delivery to %s is %s: %d %s\n%s", p.Address, d.State, d.ReplyCode, d.ReplyText, server.log)
		}
		messages := server.mailbox(names[i], 1)
		mail := mailtest.Parse(t, messages[0])
		mailed := mail.Password()
		if len(messages) != 1 || mailed == "" || mail.To != p.Address || mail.ToName != "Zoë Müller" || mail.Header.Get("Auto-Submitted") != "auto-generated" {
			t.Fatalf("%d messages to %s, the first to %s <%s>", len(messages), p.Address, mail.ToName, mail.To)
		}
		if !strings.Contains(mail.Text, "Köln") || !strings.Contains(mail.Text, "and goes on") {
			t.Errorf("the note did not arrive whole:\n%s", mail.Text)
		}
		if strings.Contains(mail.Subject, mailed) || !strings.Contains(mail.HTML, mailed) {
			t.Error("the password is in the subject, or not in the HTML part")
		}
		if !strings.Contains(string(messages[0]), "with ESMTPS") {
			t.Error("the message was taken without TLS")
		}
		w.watch.secret(mailed, p.Address)
		w.wantEntry(p, p.password, refused)
		w.wantEntry(p, mailed, toChange)
	}

	b := w.browser("")
	mailed := mailtest.Parse(t, server.mailbox(names[0], 1)[0]).Password()
	b.logIn(people[0].Address, mailed)
	own := w.newPassword(people[0].Address)
	if got := entryOf(t, b.choose(mailed, own)); got != asOwner {
		t.Errorf("the change led to: %s", got)
	}
	w.wantEntry(people[0], own, asOwner)
	w.wantEntry(people[0], mailed, refused)
}

func TestRealMailServerThatProvesNothingIsSentNothing(t *testing.T) {
	t.Parallel()
	server := startPostfix(t, "ada")
	smtp := server.smtp()
	smtp.CAFile = "" // only whom the system trusts
	w := setup(t, options{smtp: smtp, begins: time.Now()})
	w.automation(w.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	ada := w.person(client.User{Address: "ada@test.example"})
	run := w.run(w.leaked(ada), func(r client.Run) bool { return r.Deliveries["deferred"] == 1 })
	if d := w.deliveries(run)[ada.Address]; d.Reason != "transport_down" || d.Attempts != 0 {
		t.Errorf("the delivery is %s: %s, %d attempts charged", d.State, d.ReasonText, d.Attempts)
	}
	w.wantEntry(ada, ada.password, asOwner)
	if strings.Contains(server.log.String(), "ada@test.example") {
		t.Error("the server was told who the mail is for")
	}
}
