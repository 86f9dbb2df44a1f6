package mail

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey/internal/mail/mailtest"
)

// Each state is logged once, for any number of messages: that the mail server is down,
// refuses everybody, and can be used again.
func TestChangesOfTheTransportAreLoggedOnceEach(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Script{})
	now := sentAt
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelWarn}))
	m := mailer(t, config(server.Addr()), WithLogger(log), WithClock(func() time.Time { return now }))
	for _, rules := range [][]mailtest.Rule{
		{{On: "MAIL", Reply: "451 4.3.5 Server configuration error"}},
		nil,
		{{On: "RCPT", Reply: "554 5.7.1 <ada@example.org>: Relay access denied"}},
		nil,
	} {
		server.SetScript(mailtest.Script{Rules: rules})
		for range 3 {
			m.Send(t.Context(), message(t, m))
			m.Send(t.Context(), message(t, m))
			now = now.Add(2 * time.Minute)
		}
	}
	var said []string
	for _, found := range regexp.MustCompile(`msg="([^"]*)"`).FindAllStringSubmatch(logged.String(), -1) {
		said = append(said, found[1])
	}
	want := "the mail server cannot be used: mails wait; " +
		"the mail server can be used again; " +
		"the mail server accepts no mail from Rekey: mails wait until it does; " +
		"the mail server can be used again"
	if got := strings.Join(said, "; "); got != want {
		t.Errorf("logged %s\n want  %s", got, want)
	}
	for _, part := range []string{"reply_code=451", `reply="5.7.1 <[address]>: Relay access denied"`, "after=6m0s"} {
		if !strings.Contains(logged.String(), part) {
			t.Errorf("the log lacks %s:\n%s", part, logged.String())
		}
	}
	if strings.Contains(logged.String(), "ada@") {
		t.Errorf("the log names the recipient:\n%s", logged.String())
	}
}
