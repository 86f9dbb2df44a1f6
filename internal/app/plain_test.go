package app_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"rekey/internal/app"
	"rekey/internal/mail/mailtest"
)

func TestPagesWithoutTLSAreWarnedOf(t *testing.T) {
	t.Parallel()
	for url, warned := range map[string]bool{
		"": false, "http://localhost:8440": false, "https://rekey.example.org": false, "http://rekey.example.org": true,
	} {
		c := settings(t, t.TempDir(), mailtest.Start(t, mailtest.Script{}))
		c.PublicURL = url
		var log bytes.Buffer
		o := cheap()
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		a, err := app.New(t.Context(), c, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(log.String(), "public_url") != warned {
			t.Errorf("%q: %s", url, &log)
		}
	}
}
