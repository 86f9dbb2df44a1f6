package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/password"
)

// TestAConnectionDroppedAtAnyByteIsNoAnswer drops the connection after every
// number of bytes from the client, and to it. What the mailer says of the
// message must be true: accepted only if it was taken, and not tried or
// deferred only if it was not. Whatever lies between is in doubt.
func TestAConnectionDroppedAtAnyByteIsNoAnswer(t *testing.T) {
	t.Parallel()
	boxes := newMailboxes(newReport(io.Discard), func(string) bool { return false })
	sink := newSink(boxes.report, boxes, 1)
	t.Cleanup(sink.close)
	address, err := sink.open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	host, port, _ := strings.Cut(address, ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	mailer, err := mail.New(mail.Config{
		SMTP: mail.SMTP{Host: host, Port: number, TLS: mail.Plain, From: "rekey@example.org"}, System: "Rekey", BaseURL: "https://rekey.example.org",
		Language: "en", TimeZone: "UTC", Policy: mail.PolicyModern,
	}, mail.WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailer.Close() })
	form, err := mailer.Compose(engine.Occasion{
		Reader: rekey.TypeUI, Automation: "keep", EventType: rekey.External, OldPassword: rekey.KeepUntilChanged, Note: "setting: keep",
	})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[engine.Verdict]int{}
	said := map[string]engine.Verdict{}
	sink.weather.set(map[string]float64{dropped: 1, refusing: 1e-9}) // a new connection for each few messages
	for n := 0; ; n++ {
		client, server := sink.sweep.had()
		if client == clientBytes && server == serverBytes {
			break
		}
		generated, err := password.Generate(rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("delivery-%d", n)
		now = now.Add(time.Hour) // whatever was the transport's fault is forgotten
		o := mailer.Send(t.Context(), engine.Message{Form: form, Letter: engine.Letter{
			DeliveryID: id, To: "ada@example.org", Name: "Ada Lovelace", Password: generated, Date: now, ValidUntil: now.Add(engine.Lifetime),
		}})
		said[id] = o.Verdict
		verdicts[o.Verdict]++
		if n > 3*(clientBytes+serverBytes) {
			t.Fatalf("after %d messages only %d and %d positions", n, client, server)
		}
	}
	sink.close()
	taken := map[string]*letter{}
	for _, l := range boxes.letters() {
		taken[l.delivery] = l
	}
	for id, verdict := range said {
		l := taken[id]
		switch verdict {
		case engine.Accepted:
			if l == nil || l.accepted.IsZero() {
				t.Errorf("%s is said to be accepted, and was not", id)
			}
		case engine.NotTried, engine.Deferred:
			if l != nil {
				t.Errorf("%s is said not to have been taken, and was", id)
			}
		case engine.Refused:
			t.Errorf("%s is said to be refused, and nobody is", id)
		case engine.Doubtful:
		}
	}
	t.Logf("%d messages: %v", len(said), verdicts)
	if verdicts[engine.Accepted] == 0 || verdicts[engine.Doubtful] == 0 || verdicts[engine.Deferred] == 0 || verdicts[engine.NotTried] == 0 {
		t.Error("not everything that can be said was said")
	}
}
