package app

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// records is a name server.
type records map[string][]string

// LookupTXT implements Resolver.
func (r records) LookupTXT(_ context.Context, name string) ([]string, error) {
	if name == "broken.example.org" {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name}
	}
	if r[name] == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return r[name], nil
}

func TestDoctorReadsTheRecordsOfTheSender(t *testing.T) {
	t.Parallel()
	c := valid()
	c.DKIM = mail.DKIM{Domain: "example.org", Selector: "s1", KeyFile: "key.pem"}
	found := map[string]rekey.Finding{}
	Doctor{Resolver: records{
		"example.org":        {"unrelated", "v=spf1 mx -all"},
		"_dmarc.example.org": {"v=DMARC1; p=none"},
	}}.dns(t.Context(), c, func(f rekey.Finding) { found[f.Check] = f })
	if found["spf"].Health != rekey.Well || found["dmarc"].Health != rekey.Well {
		t.Errorf("%+v", found)
	}
	if f := found["dkim"]; f.Health != rekey.Doubtful || !strings.Contains(f.Found, "s1._domainkey.example.org") || f.Advice == "" {
		t.Errorf("a missing record: %+v", f)
	}
	if f := (Doctor{Resolver: records{}}).record(t.Context(), "spf", "broken.example.org", "v=spf1", ""); !strings.Contains(f.Found, "cannot be looked up") {
		t.Errorf("a broken name server is taken for a missing record: %+v", f)
	}
}

func TestDoctorSeesAClockThatWasSetBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rekey.db")
	storetest.Write(t, path)
	db, err := store.OpenInUse(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	received := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.InsertEvent(t.Context(), rekey.Event{ID: newID(), Digest: []byte{1}, Type: rekey.External, Source: "/siem", SourceID: "1", Time: received, Received: received})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[time.Time]rekey.Health{
		received.Add(time.Hour):    rekey.Well,
		received.Add(-time.Hour):   rekey.Ill,
		time.Unix(0, 0):            rekey.Ill,
		received.Add(-time.Minute): rekey.Well,
	} {
		d := Doctor{Now: func() time.Time { return now }}
		if f := d.clock(t.Context(), db); f.Health != want {
			t.Errorf("%s: %+v", now, f)
		}
	}
}

func TestDoctorChangesNoModes(t *testing.T) {
	t.Parallel()
	c := valid()
	c.Database = filepath.Join(t.TempDir(), "rekey.db")
	storetest.Write(t, c.Database)
	if err := os.Chmod(c.Database, 0o644); err != nil {
		t.Fatal(err)
	}
	found := map[string]rekey.Finding{}
	Doctor{Now: time.Now}.Examine(t.Context(), c, func(f rekey.Finding) { found[f.Check] = f })
	if f := found["file modes"]; f.Health != rekey.Ill || f.Advice != "chmod 600 "+c.Database {
		t.Errorf("%+v", f)
	}
	if info, err := os.Stat(c.Database); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the mode is %v (%v), want it left", info.Mode(), err)
	}
}

func TestDoctorSeesFilesThatOthersCanRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := Config{Database: filepath.Join(folder, "rekey.db")}
	c.Complete()
	for _, path := range []string{c.Database, c.Keys} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if f := (Doctor{}).modes(c); f.Health != rekey.Well {
		t.Errorf("%+v", f)
	}
	if err := os.Chmod(c.Keys, 0o640); err != nil {
		t.Fatal(err)
	}
	if f := (Doctor{}).modes(c); f.Health != rekey.Ill || !strings.Contains(f.Advice, "chmod 600 "+c.Keys) {
		t.Errorf("%+v", f)
	}
	if err := os.Chmod(c.Keys, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if f := (Doctor{}).modes(c); f.Health != rekey.Ill {
		t.Errorf("a folder that everybody can write to: %+v", f)
	}
}
