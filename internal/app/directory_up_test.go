package app_test

import (
	"strings"
	"testing"

	"rekey/internal/app"
	"rekey/internal/directory/directorytest"
	"rekey/internal/mail/mailtest"
)

func TestMetricsSayWhichDirectoryIsNotImported(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{People: []directorytest.Person{{Login: "ada", Address: "ada@example.org"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	c := settings(t, t.TempDir(), mailtest.Start(t, mailtest.Script{}))
	c.Directories = app.Directories{server.Settings()}
	a, stop := running(t, c, cheap())
	defer stop()
	expect := func(gauge string) {
		t.Helper()
		if text := get(t, a.URL()+"/metrics"); !strings.Contains(text, "\nrekey_directory_up{directory=\"staff\"} "+gauge+"\n") {
			t.Errorf("the gauge is not %s", gauge)
		}
	}
	for imported := false; !imported; { // by the server itself, at its start
		state, err := a.DB.Directory(t.Context(), "staff")
		if err != nil {
			t.Fatal(err)
		}
		imported = !state.SyncedAt.IsZero()
	}
	expect("1")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	a.SyncDirectories(t.Context())
	expect("0")
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.SyncDirectories(t.Context())
	expect("1")
}
