package catcher

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sample = "From: rekey@example.org\r\nTo: ada@example.org\r\nDate: Sun, 1 Mar 2026 09:00:00 +0000\r\nSubject: =?utf-8?q?Neues_Passwort_f=C3=BCr_Sie?=\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nabc=3Ddef\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head><script>alert(1)</script></head></html>\r\n--b--\r\n"

func setup(t *testing.T) *Catcher {
	t.Helper()
	k, err := Start(t.Context(), Config{Clock: func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func send(k *Catcher, to string) error {
	return smtp.SendMail(k.Addr(), nil, "rekey@example.org", []string{to}, []byte(sample))
}

func TestMessageIsCaughtAndTakenApart(t *testing.T) {
	t.Parallel()
	k := setup(t)
	found := make(chan Message, 1)
	go func() {
		m, _ := k.WaitFor(t.Context(), "ADA@example.org", 0)
		found <- m
	}()
	if err := send(k, "ada@example.org"); err != nil {
		t.Fatal(err)
	}
	m := <-found
	if m.Subject != "Neues Passwort für Sie" || !strings.Contains(m.Text, "abc=def") || !strings.Contains(m.HTML, "<script>") || m.Number != 1 {
		t.Errorf("%+v", m)
	}
	if others := k.MessagesTo("bob@example.org"); len(others) != 0 {
		t.Errorf("Bob has Ada's mail: %+v", others)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	k := setup(t)
	if err := send(k, "ada@example.org"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.WaitFor(ctx, "ada@example.org", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a message that was seen is found again: %v", err)
	}
}

func TestMailboxesThatRefuse(t *testing.T) {
	t.Parallel()
	k := setup(t)
	for to, code := range map[string]int{"refuse@example.org": 550, "Defer+x@example.org": 451} {
		var reply *textproto.Error
		if err := send(k, to); !errors.As(err, &reply) || reply.Code != code {
			t.Errorf("%s: %v, want %d", to, err, code)
		}
	}
	if n := len(k.Messages()); n != 0 {
		t.Errorf("%d messages kept", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	k := setup(t)
	for range maxMessages + 5 {
		k.add(Message{})
	}
	messages := k.Messages()
	if len(messages) != maxMessages || messages[0].Number != 6 {
		t.Errorf("%d messages from number %d", len(messages), messages[0].Number)
	}
}

func TestPagesShowMessagesWithoutRunningThem(t *testing.T) {
	t.Parallel()
	k := setup(t)
	if err := send(k, "ada@example.org"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                "Neues Passwort für Sie",
		"style.css":       "color-scheme",
		"messages/1":      "<pre>abc=def",
		"messages/1/html": `<base target="_blank">`,
		"messages/1/raw":  "abc=3Ddef",
	} {
		body, header := get(t, k.URL()+path)
		if !strings.Contains(body, want) {
			t.Errorf("%s: no %q in %s", path, want, body)
		}
		policy := header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: policy %s", path, policy)
		}
		if path == "messages/1/html" && !strings.HasPrefix(policy, "sandbox ") {
			t.Errorf("the message is not in a sandbox: %s", policy)
		}
		if path == "messages/1" && strings.Contains(body, "<script>") {
			t.Error("the message's own script is on our page")
		}
	}
}

func TestPageAnswersUnderLoopbackNamesOnly(t *testing.T) {
	t.Parallel()
	k := setup(t)
	for host, want := range map[string]int{
		"127.0.0.1:80": 200, "localhost": 200, "[::1]:80": 200, "attacker.example": 403, "127.0.0.1.attacker.example:80": 403,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		k.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
}

func TestMailboxIsNotShownToTheNetwork(t *testing.T) {
	t.Parallel()
	if k, err := Start(t.Context(), Config{Clock: time.Now, Mailbox: "0.0.0.0:0"}); err == nil {
		_ = k.Close()
		t.Error("the page with the passwords listens on every address")
	}
}

func get(t *testing.T, address string) (string, http.Header) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	http.DefaultClient.CloseIdleConnections()
	return string(body), answer.Header
}
