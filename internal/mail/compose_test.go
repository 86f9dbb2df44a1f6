package mail

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

var update = flag.Bool("update", false, "write the golden mails anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		write(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; look at it and run with -update:\n%s", name, diff)
	}
}

func offline(t testing.TB, change ...func(*Config)) *Mailer {
	t.Helper()
	c := config("127.0.0.1:25")
	for _, f := range change {
		f(&c)
	}
	return mailer(t, c)
}

// composed composes, fills in and parses.
func composed(t testing.TB, m *Mailer, o engine.Occasion, l engine.Letter) mailtest.Mail {
	t.Helper()
	form, err := m.Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	return mailtest.Parse(t, raw(t, m, engine.Message{Form: form, Letter: l}))
}

func TestMailsReadAsTheyShould(t *testing.T) {
	t.Parallel()
	m := offline(t)
	for _, tag := range []string{"en", "de", "fr", "es"} {
		o := occasion()
		o.Language, o.Note = tag, "Room 12 <b> & floor 2.\nSecond line."
		form, err := m.Compose(o)
		if err != nil {
			t.Fatal(err)
		}
		bytes := raw(t, m, engine.Message{Form: form, Letter: letter(t)})
		mail := mailtest.Parse(t, bytes)
		golden(t, tag+".txt", "Subject: "+mail.Subject+"\n\n"+mail.Text)
		if tag == "en" {
			golden(t, "en.eml", strings.ReplaceAll(string(bytes), "\r\n", "\n"))
			golden(t, "en.html", mail.HTML)
		}
		if mail.Password() != sample || mail.To != "ada@example.org" || mail.ToName != "Ada Lovelace" || !mail.Date.Equal(sentAt) {
			t.Errorf("%s: %+v", tag, mail)
		}
	}
}

func TestEachReaderGetsTheirOwnWords(t *testing.T) {
	t.Parallel()
	m := offline(t)
	var all strings.Builder
	for _, tag := range []string{"en", "de", "fr", "es"} {
		for _, reader := range []rekey.UserType{rekey.TypeUI, rekey.TypeAPI, rekey.TypeHybrid} {
			for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
				o := occasion()
				o.Language, o.Reader, o.OldPassword = tag, reader, old
				mail := composed(t, m, o, letter(t))
				_, text, _ := strings.Cut(mail.Text, sample)
				fmt.Fprintf(&all, "=== %s %s %s%s", tag, reader, old, text)
				calls := strings.Contains(mail.Text, "\nPUT https://rekey.example.org/api/v1/account/password\n")
				if calls != (reader != rekey.TypeUI) || calls != strings.Contains(mail.HTML, "PUT https://rekey.example.org/api/v1/account/password") {
					t.Errorf("%s %s: the API call is there: %t", tag, reader, calls)
				}
				links := strings.Contains(mail.Text, "\nhttps://rekey.example.org/login\n")
				if links != (reader != rekey.TypeAPI) || links != strings.Contains(mail.HTML, `href="https://rekey.example.org/login"`) {
					t.Errorf("%s %s: the log-in page is there: %t", tag, reader, links)
				}
			}
		}
	}
	golden(t, "readers.txt", all.String())
}

func TestEachEventHasItsOwnWords(t *testing.T) {
	t.Parallel()
	m := offline(t)
	var all strings.Builder
	for _, tag := range []string{"en", "de", "fr", "es"} {
		seen := map[string]bool{}
		for _, event := range []string{rekey.UserCreated, rekey.UserLoggedOn, rekey.UserLocked, rekey.UserWasBlocked, rekey.UserRestored,
			rekey.PasswordResetRequested, rekey.PasswordSendRequested, rekey.PasswordExpired, rekey.AutomationFinished, rekey.External, unknownEvent} {
			for _, involved := range []bool{true, false} {
				o := occasion()
				o.Language, o.EventType, o.Involved = tag, event, involved
				if event == rekey.External {
					o.EventName = "siem.credential_leaked"
				}
				_, text, err := previewText(m, o, letter(t))
				if err != nil {
					t.Fatal(err)
				}
				i := strings.Index(text, "“Locked out”")
				for _, quoted := range []string{"„Locked out“", "«\u00a0Locked out\u00a0»", "«Locked out»"} {
					i = max(i, strings.Index(text, quoted))
				}
				if i < 0 {
					t.Fatalf("%s %s: the automation is not named:\n%s", tag, event, text)
				}
				line := text[strings.LastIndexByte(text[:i], '\n')+1:]
				line = line[:strings.IndexByte(line, '\n')]
				fmt.Fprintf(&all, "%s %s: %s\n", tag, event, line)
				if seen[line] && event != rekey.External && event != unknownEvent {
					t.Errorf("%s %s has the words of another", tag, event)
				}
				seen[line] = true
			}
		}
	}
	golden(t, "events.txt", all.String())
}

func previewText(m *Mailer, o engine.Occasion, l engine.Letter) (subject, text string, err error) {
	subject, text, _, err = m.Preview(o, l)
	return subject, text, err
}

func TestPreviewIsWhatIsSent(t *testing.T) {
	t.Parallel()
	m := offline(t)
	o := occasion()
	o.Reader, o.Note = rekey.TypeHybrid, "Note <i>"
	l := letter(t)
	l.Name = "<script>alert(1)</script>"
	mail := composed(t, m, o, l)
	subject, text, html, err := m.Preview(o, l)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{mail.Subject, mail.Text, mail.HTML}, []string{subject, text, html}); diff != "" {
		t.Error(diff)
	}
}

func TestRetrySendsTheSameBytesThoughAllElseHasChanged(t *testing.T) {
	t.Parallel()
	before := offline(t)
	msg := message(t, before)
	first := raw(t, before, msg)
	folder := t.TempDir()
	write(t, filepath.Join(folder, "password.txt"), "{{.Hello}} other\n{{.Password}}\n{{.Until}}\n")
	after := offline(t, func(c *Config) {
		c.Templates, c.From, c.System, c.Language, c.TimeZone, c.BaseURL = folder, "Other <o@example.net>", "Other", "de", "Asia/Tokyo", "https://other.example.net"
	})
	if again := raw(t, after, msg); !bytes.Equal(first, again) {
		t.Errorf("the bytes differ:\n%s", cmp.Diff(string(first), string(again)))
	}
	form, err := before.Compose(occasion())
	if err != nil || !bytes.Equal(form, msg.Form) {
		t.Errorf("equal occasions have other forms (%v)", err)
	}
	other := msg
	other.Letter.DeliveryID = "another"
	if bytes.Equal(first, raw(t, before, other)) {
		t.Error("another delivery has the same bytes")
	}
}

func TestLanguageFallsBack(t *testing.T) {
	t.Parallel()
	m := offline(t, func(c *Config) { c.Language = "fr" })
	for tag, want := range map[string]string{"": "fr", "de": "de", "de-CH": "de", "DE-at": "de", "pt-BR": "fr", "en-US": "en", "nonsense!": "fr", "es-419": "es"} {
		if got := m.templates.find(tag).tag; got != want {
			t.Errorf("%q: %s, want %s", tag, got, want)
		}
	}
}

func TestMomentsAreInTheReadersZoneAndWords(t *testing.T) {
	t.Parallel()
	m := offline(t, func(c *Config) { c.TimeZone = "America/New_York" })
	for _, c := range []struct {
		language, zone string
		at             time.Time
		want           string
	}{
		{"en", "Europe/Berlin", validUntil, "Valid until 25 November, 14:00 CET."},
		{"de", "Europe/Berlin", validUntil, "Gültig bis 25. November, 14:00 Uhr MEZ."},
		{"de", "Europe/Berlin", time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC), "Gültig bis 2. Juli, 00:30 Uhr MESZ."},
		{"fr", "Europe/Paris", time.Date(2026, 12, 1, 8, 5, 0, 0, time.UTC), "Valable jusqu’au 1er décembre à 09:05 CET."},
		{"es", "America/Bogota", validUntil, "Válida hasta el 25 de noviembre, 08:00 UTC-05:00."},
		{"en", "Asia/Kathmandu", validUntil, "Valid until 25 November, 18:45 UTC+05:45."},
		{"en", "", validUntil, "Valid until 25 November, 08:00 EST."},
		{"en", "Mars/Olympus", validUntil, "Valid until 25 November, 08:00 EST."},
	} {
		o, l := occasion(), letter(t)
		o.Language, l.TimeZone, l.ValidUntil = c.language, c.zone, c.at
		_, text, err := previewText(m, o, l)
		if err != nil || !strings.Contains(text, "\n"+c.want+"\n") {
			t.Errorf("%s %s: no %q in\n%s (%v)", c.language, c.zone, c.want, text, err)
		}
	}
}

func TestHeaderHasOnlyWhatItShould(t *testing.T) {
	t.Parallel()
	m := offline(t)
	l := letter(t)
	l.Name = "Ada\r\nBcc: eve@example.org\r\n\r\nhello"
	mail := composed(t, m, occasion(), l)
	var names []string
	for fields := mail.Header.Fields(); fields.Next(); {
		names = append(names, fields.Key())
	}
	want := []string{"Date", "From", "To", "Subject", "Message-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "Mime-Version", "Content-Type"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if mail.MessageID != l.DeliveryID+"@example.org" || mail.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%+v", mail.Header)
	}
	if strings.Contains(mail.Subject, sample) || strings.Contains(mail.MessageID, sample) {
		t.Error("the header has the secret")
	}
}

func TestNothingIsLoadedAndNoLinkHasASecret(t *testing.T) {
	t.Parallel()
	mail := composed(t, offline(t), occasion(), letter(t))
	for _, bad := range []string{"<img", "<script", "url(", "<link", "?_", "src=", "login?"} {
		if strings.Contains(mail.HTML, bad) {
			t.Errorf("the HTML part has %s", bad)
		}
	}
	shown, _, _ := strings.Cut(mail.HTML, "<table")
	if strings.Contains(shown, sample) || !strings.Contains(shown, "Valid until 25 November, 14:00. Open to see it.") {
		t.Error("the hidden first line is not what it should be")
	}
	if before, _, _ := strings.Cut(mail.HTML, sample); !strings.HasSuffix(before, `user-select:all">`) {
		t.Error("the password cannot be selected in one go")
	}
}

func TestLongNamesOfSystemAndAutomationAreFolded(t *testing.T) {
	t.Parallel()
	m := offline(t, func(c *Config) {
		c.System = strings.TrimSpace(strings.Repeat("Système ", 20))
		c.From = "\"" + strings.Repeat("Rekey of the North ", 9) + "\" <rekey@example.org>"
	})
	o := occasion()
	o.Automation = strings.Repeat("é", 100)
	o.EventType, o.EventName = rekey.External, strings.Repeat("x", 100)
	form, err := m.Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	bytes := raw(t, m, engine.Message{Form: form, Letter: letter(t)})
	checkBytes(t, bytes)
	mail := mailtest.Parse(t, bytes)
	if mail.Subject != "Your new password for "+m.settings.System || !strings.Contains(mail.Text, o.Automation) {
		t.Errorf("subject %q", mail.Subject)
	}
}

func TestTextCannotPassForASlot(t *testing.T) {
	t.Parallel()
	m := offline(t)
	o := occasion()
	r, err := m.templates.password(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Note = "{{.Password}} {name} " + strings.Join([]string{r.subject, "rekey0123slot2"}, " ")
	mail := composed(t, m, o, letter(t))
	if strings.Count(mail.Text, sample) != 1 || !strings.Contains(mail.Text, o.Note) {
		t.Errorf("the note is not as it was written:\n%s", mail.Text)
	}
}

// digests are one of each kind of news alone, then several together.
func digests() []engine.Notice {
	const held, mails, page = "/automations/7f3a/held", "/mail?state=failed", "/automations/7f3a"
	lines := []engine.NoticeLine{
		{Failed: 1, Owns: true, Path: mails}, {Failed: 3, Owns: true, Path: mails}, {Held: 1, People: 19, Approves: true, Path: held},
		{Held: 534, People: 540, Owns: true, Path: held}, {Missed: true, Owns: true, Path: page},
	}
	var all []engine.Notice
	for i := range lines {
		lines[i].Automation = "Locked out"
		all = append(all, engine.Notice{Kind: engine.NoticeDigest, Lines: lines[i : i+1]})
	}
	several := []engine.NoticeLine{
		lines[3], {Automation: "Monday", Held: 1, People: 1, Halted: 1, Approves: true, Path: held},
		{Automation: "Tuesday", Held: 2, People: 7, Halted: 1, Approves: true, Path: held}, lines[4], lines[0],
	}
	return append(all, engine.Notice{Kind: engine.NoticeDigest, Lines: several[:2]}, engine.Notice{Kind: engine.NoticeDigest, Lines: several, More: 5})
}

func TestNoticeAndTestMessage(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	var all strings.Builder
	for _, tag := range []string{"en", "de", "fr", "es"} {
		for i, n := range digests() {
			n.ID, n.To, n.Name, n.Language, n.Date = fmt.Sprint("notice-", tag, i), "bo@example.org", "Bo", tag, sentAt
			if got := m.SendNotice(t.Context(), n); got.Verdict != engine.Accepted {
				t.Fatalf("got %+v", got)
			}
		}
		for i, until := range []time.Time{sentAt.Add(72 * time.Hour), {}} {
			n := engine.Notice{
				ID: fmt.Sprint("notice-", tag, "-address", i), To: "bo@example.org", Name: "Bo", Language: tag, TimeZone: "Europe/Berlin", Date: sentAt,
				Kind: engine.NoticeAddressChanged, Directory: "staff", Since: sentAt.Add(-time.Minute), HeldUntil: until,
			}
			if got := m.SendNotice(t.Context(), n); got.Verdict != engine.Accepted {
				t.Fatalf("got %+v", got)
			}
		}
		undone := engine.Notice{
			ID: "notice-" + tag + "-undone", To: "bo@example.org", Name: "Bo", Language: tag, TimeZone: "Europe/Berlin", Date: sentAt,
			Kind: engine.NoticeUndone, Since: sentAt.Add(-time.Minute),
		}
		if got := m.SendNotice(t.Context(), undone); got.Verdict != engine.Accepted {
			t.Fatalf("got %+v", got)
		}
		remind := engine.Notice{
			ID: "notice-" + tag + "-remind", To: "bo@example.org", Name: "Bo", Language: tag, TimeZone: "Europe/Berlin", Date: sentAt,
			Kind: engine.NoticeRemind, Since: sentAt.Add(-36 * time.Hour), Until: sentAt.Add(36 * time.Hour),
		}
		if got := m.SendNotice(t.Context(), remind); got.Verdict != engine.Accepted {
			t.Fatalf("got %+v", got)
		}
		if got := m.SendTest(t.Context(), "bo@example.org", tag); got.Verdict != engine.Accepted {
			t.Fatalf("got %+v", got)
		}
	}
	for _, message := range server.WaitFor(48) {
		checkBytes(t, message.Data)
		mail := mailtest.Parse(t, message.Data)
		fmt.Fprintf(&all, "=== %s\n%s", mail.Subject, mail.Text)
	}
	golden(t, "notices.txt", all.String())
}

func TestFieldsOfDataAreKnownToTheChecks(t *testing.T) {
	t.Parallel()
	if !slices.Equal(bodySlots, []slot{slotHello, slotAddress, slotPassword, slotUntil, slotZone}) {
		t.Error("render and bodySlots name the slots in another order")
	}
}

func TestNoticeOfARunThatStoppedItselfSaysWhy(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	for tag, want := range map[string][]string{
		"en": {"stopped itself, because too many of its mails were refused", "or stopped themselves because"},
		"de": {"hat sich selbst angehalten, weil zu viele seiner Mails abgelehnt wurden", "oder haben sich selbst angehalten"},
		"fr": {"s’est arrêtée, car trop de ses messages ont été refusés", "ou se sont arrêtées"},
		"es": {"se ha detenido, porque se rechazaron demasiados de sus mensajes", "o se han detenido"},
	} {
		for held, says := range want {
			n := engine.Notice{ID: fmt.Sprint(tag, held), To: "bo@example.org", Language: tag, Date: sentAt, Kind: engine.NoticeDigest, Lines: []engine.NoticeLine{
				{Automation: "Locked out", Owns: true, Held: held + 1, Halted: 1, People: 7, Path: "/automations/7f3a/held"}}}
			before := len(server.Messages())
			if got := m.SendNotice(t.Context(), n); got.Verdict != engine.Accepted {
				t.Fatalf("got %+v", got)
			}
			mail := mailtest.Parse(t, server.WaitFor(before + 1)[before].Data)
			if text := strings.Join(strings.Fields(mail.Text), " "); !strings.Contains(text, says) || !strings.Contains(text, "7") {
				t.Errorf("%s: %s", tag, text)
			}
		}
	}
}
