package app_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/app"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
	"rekey/internal/seal"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// settings are those of a server in dir, with an empty database, whose mail goes
// to peer.
func settings(t *testing.T, dir string, peer *mailtest.Server) app.Config {
	t.Helper()
	host, port, _ := strings.Cut(peer.Addr(), ":")
	c := app.Config{
		Listen: "127.0.0.1:0", Database: filepath.Join(dir, "rekey.db"),
		SMTP: app.SMTP{Host: host, TLS: "plain", From: "rekey@example.org"},
	}
	storetest.Write(t, c.Database)
	for _, digit := range port {
		c.SMTP.Port = 10*c.SMTP.Port + int(digit-'0')
	}
	return c
}

// cheap are options for tests.
func cheap() app.Options {
	return app.Options{Argon2: password.Params{Memory: 8, Time: 1, Threads: 1}}
}

// running starts a server, waits until it answers, and returns how to stop it.
func running(t *testing.T, c app.Config, o app.Options) (*app.App, func()) {
	t.Helper()
	ready := make(chan struct{})
	o.Ready = func() { close(ready) }
	a, err := app.New(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	select {
	case <-ready:
	case err := <-ended:
		ended <- err // stop reports it
	}
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return a, stop
}

func TestDatabaseWhoseKeysAreMissingIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := settings(t, dir, mailtest.Start(t, mailtest.Script{}))
	_, stop := running(t, c, cheap())
	stop()
	keys := filepath.Join(dir, "rekey.db.keys")
	kept, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string) {
		t.Helper()
		if _, err := app.New(t.Context(), c, cheap()); err == nil || !strings.Contains(err.Error(), "key") {
			t.Errorf("%s: got %v, want a refusal that speaks of keys", what, err)
		}
	}
	if err := os.Remove(keys); err != nil {
		t.Fatal(err)
	}
	refused("no key file")
	if _, err := os.Stat(keys); err == nil {
		t.Error("new keys were made in place of the lost ones")
	}
	if _, err := seal.Create(keys); err != nil {
		t.Fatal(err)
	}
	refused("other keys")
	if err := os.WriteFile(keys, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = running(t, c, cheap())
	stop()
}

func TestKeyFileFromBeforeARotationIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := settings(t, dir, mailtest.Start(t, mailtest.Script{}))
	a, stop := running(t, c, cheap())
	keys := filepath.Join(dir, "rekey.db.keys")
	before, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.RotateKeys(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := os.WriteFile(keys, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.New(t.Context(), c, cheap()); err == nil {
		t.Error("the key file lacks the key that is in use, and was taken")
	}
}

func TestStopLetsABatchFinish(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	peer := mailtest.Start(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Wait: release}}})
	a, stop := running(t, settings(t, t.TempDir(), peer), cheap())
	user := rekey.SystemUser{ID: "u1", Address: "ada@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive}
	if err := user.Validate(); err != nil {
		t.Fatal(err)
	}
	err := a.DB.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUser(t.Context(), user); err != nil {
			return err
		}
		_, err := a.Engine.Record(t.Context(), tx, rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{user.ID}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	peer.WaitForCommand("DATA")
	done := make(chan struct{})
	go func() {
		defer close(done)
		stop()
	}()
	close(release)
	<-done
	if len(peer.Messages()) != 1 {
		t.Errorf("%d messages were accepted, want 1", len(peer.Messages()))
	}
}

func TestNoticeOfTheOutboxIsSent(t *testing.T) {
	t.Parallel()
	peer := mailtest.Start(t, mailtest.Script{})
	a, _ := running(t, settings(t, t.TempDir(), peer), cheap())
	user := rekey.SystemUser{ID: "u1", Address: "new@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive,
		Directory: rekey.DirectoryAccount{Directory: "staff", Key: "key"}}
	if err := user.Validate(); err != nil {
		t.Fatal(err)
	}
	err := a.DB.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUser(t.Context(), user); err != nil {
			return err
		}
		return a.Engine.Tell(t.Context(), tx, engine.QueuedNotice{Kind: engine.NoticeAddressChanged, UserID: user.ID, Address: "old@example.org"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if m := peer.WaitFor(1)[0]; m.To[0] != "old@example.org" {
		t.Errorf("sent to %v", m.To)
	}
}

func TestHealthSaysThatTheTransportIsDown(t *testing.T) {
	t.Parallel()
	peer := mailtest.Start(t, mailtest.Script{Greeting: "554 no service"})
	a, _ := running(t, settings(t, t.TempDir(), peer), cheap())
	if err := a.Mailer.Probe(t.Context(), ""); err == nil {
		t.Fatal("the probe found nothing wrong")
	}
	a.Mailer.SendNotice(t.Context(), engine.Notice{ID: "n", To: "ada@example.org", Date: time.Now(), Kind: engine.NoticeDigest, Lines: []engine.NoticeLine{{Automation: "A", Failed: 1}}})
	body := get(t, a.URL()+"/readyz")
	if !strings.Contains(body, `"degraded"`) || !strings.Contains(body, `"transport":"failing"`) || !strings.Contains(body, `"queue":"ok"`) {
		t.Errorf("/readyz says %s", body)
	}
	if metrics := get(t, a.URL()+"/metrics"); !strings.Contains(metrics, "\nrekey_transport_up 0\n") {
		t.Error("/metrics does not say that it is down")
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body strings.Builder
	if _, err := io.Copy(&body, response.Body); err != nil {
		t.Fatal(err)
	}
	return body.String()
}
