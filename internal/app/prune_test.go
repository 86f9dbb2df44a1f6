package app

import (
	"path/filepath"
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

func TestASweepDeletesWhatIsNotKeptAnyMore(t *testing.T) {
	t.Parallel()
	c := Config{
		Listen: "127.0.0.1:0", Database: filepath.Join(t.TempDir(), "rekey.db"), KeepDays: 30, KeepEventDataDays: 20,
		SMTP: SMTP{Host: "127.0.0.1", TLS: mail.Plain, From: "rekey@example.org"},
	}
	storetest.Write(t, c.Database)
	now := time.Now().UTC()
	a, err := New(t.Context(), c, Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	event := rekey.Event{ID: newID(), Type: rekey.External, Source: "/siem", SourceID: "1", Time: now, Received: now, Digest: []byte{1}, Data: []byte(`{"ticket":1}`)}
	if err := a.DB.Update(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.InsertEvent(t.Context(), event)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		days int
		data string
		want rekey.Code
	}{{20, `{"ticket":1}`, ""}, {21, "", ""}, {30, "", ""}, {31, "", rekey.CodeNotFound}} {
		now = event.Received.AddDate(0, 0, test.days)
		if err := (jobs{a.Engine, a}).Sweep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		e, err := a.DB.Event(t.Context(), event.ID)
		if rekey.CodeOf(err) != test.want || string(e.Data) != test.data {
			t.Errorf("after %d days: %s, %v", test.days, e.Data, err)
		}
	}
}
