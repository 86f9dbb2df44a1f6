package app

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/mail/mailtest"
	"rekey/internal/seal"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// serving is a Config whose mail server is a scripted one.
func serving(t *testing.T, server *mailtest.Server) Config {
	t.Helper()
	c := valid()
	host, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.SMTP.Host = host
	if c.SMTP.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	c.SMTP.TLS = mail.Plain
	return c
}

func TestMailSettingsReachTheMailServer(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Script{StartTLS: true})
	c := serving(t, server)
	c.SMTP.TLS, c.SMTP.CAFile, c.SMTP.ServerName = mail.StartTLS, server.CAFile(), "example.com"
	c.SMTP.HelloName, c.SMTP.EnvelopeFrom, c.SMTP.ReplyTo = "out.example.org", "bounces@example.org", "Help desk <help@example.org>"
	c.SMTP.AnswerTimeout = 7 * time.Minute
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	given := c.mail("https://rekey.example.org")
	if given.AnswerTimeout != 7*time.Minute || given.GreetingTimeout != 5*time.Minute {
		t.Errorf("time limits: %+v", given)
	}
	mailer, err := mail.New(given)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailer.Close() })
	if outcome := mailer.SendTest(t.Context(), "ada@example.org", "en"); outcome.Verdict != engine.Accepted {
		t.Fatalf("got %+v", outcome)
	}
	if !slices.Contains(server.Commands(), "EHLO out.example.org") {
		t.Errorf("commands: %q", server.Commands())
	}
	message := server.Messages()[0]
	if message.From != "bounces@example.org" || !strings.Contains(string(message.Data), "\r\nReply-To: \"Help desk\" <help@example.org>\r\n") {
		t.Errorf("from %s:\n%s", message.From, message.Data)
	}
	c.SMTP.ServerName = "other.example.org"
	if mailer, err = mail.New(c.mail("https://rekey.example.org")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailer.Close() })
	if err := mailer.Probe(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "other.example.org") {
		t.Errorf("with another server's name: %v", err)
	}
}

// examined are what the doctor finds about the mail.
func examined(t *testing.T, c Config, db *store.DB) map[string]rekey.Finding {
	t.Helper()
	found := map[string]rekey.Finding{}
	Doctor{Now: time.Now}.mail(t.Context(), c, db, func(f rekey.Finding) { found[f.Check] = f })
	return found
}

func TestDoctorSaysEachCauseOnce(t *testing.T) {
	t.Parallel()
	c := valid()
	c.SMTP.Host, c.SMTP.Port, c.SMTP.TLS = "127.0.0.1", 1, mail.Plain
	if f := examined(t, c, nil)["smtp"]; strings.Count(f.Found, "refused") != 1 {
		t.Errorf("got %q", f.Found)
	}
	c.SMTP.From = "nobody"
	if f := examined(t, c, nil)["smtp"]; f.Health != rekey.Ill || strings.Contains(f.Found, "smtp.from") {
		t.Errorf("what the settings say is said again: %q", f.Found)
	}
}

func TestServerAndDoctorLogInWithARefreshToken(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if n := asked.Add(1); r.FormValue("refresh_token") != fmt.Sprint("refresh", n-1) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"error": "invalid_grant", "error_description": "consent again"}`)
		} else {
			_, _ = fmt.Fprintf(w, `{"access_token": "token", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh%d"}`, n)
		}
	}))
	t.Cleanup(provider.Close)
	server := mailtest.Start(t, mailtest.Script{Username: "rekey@example.org", Token: "token", Mechanisms: []string{"XOAUTH2"}})
	c := serving(t, server)
	c.SMTP.Username, c.SMTP.OAuthTokenURL, c.SMTP.OAuthClientID = "rekey@example.org", provider.URL, "rekey"
	c.SMTP.OAuthRefreshToken = rekey.NewSecret("refresh0")
	c.Database, c.Keys = filepath.Join(t.TempDir(), "rekey.db"), filepath.Join(t.TempDir(), "keys")
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	storetest.Write(t, c.Database)
	if _, err := seal.Create(c.Keys); err != nil {
		t.Fatal(err)
	}
	db, err := store.OpenInUse(t.Context(), c.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for range 2 { // the second finds the token of the first
		if found := examined(t, c, db); found["smtp token"].Health != rekey.Well || found["smtp"].Health != rekey.Well || asked.Load() != 1 {
			t.Errorf("found %+v, asked %d times", found, asked.Load())
		}
	}
	stored, err := db.Setting(t.Context(), mailAccount)
	if err != nil || len(stored) == 0 || strings.Contains(string(stored), "refresh") {
		t.Errorf("stored %q, %v", stored, err)
	}
	c.SMTP.OAuthRefreshToken = rekey.NewSecret("another")
	found := examined(t, c, db)
	if f := found["smtp token"]; f.Health != rekey.Ill || f.Found != "the token service refuses: invalid_grant: consent again" || found["smtp"].Check != "" {
		t.Errorf("refused: %+v", found)
	}
}
