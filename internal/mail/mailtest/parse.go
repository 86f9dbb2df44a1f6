package mailtest

import (
	"testing"

	"rekey/internal/rig/peer"
)

// Mail is a message as a mail program reads it.
type Mail = peer.Mail

// Parse reads a message, see peer.ReadMail. What it cannot read fails the test.
func Parse(t testing.TB, raw []byte) Mail {
	t.Helper()
	m, err := peer.ReadMail(raw)
	if err != nil {
		t.Fatalf("mailtest: the message cannot be read: %v\n%s", err, raw)
	}
	return m
}
