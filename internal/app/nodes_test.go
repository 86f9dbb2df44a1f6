package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"rekey/internal/mail/mailtest"
	"rekey/internal/pgtest"
	"rekey/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// A node that stays on the list would count as ended, and its work would be taken over.
func TestANodeThatStopsIsNotOnTheListAnyMore(t *testing.T) {
	t.Parallel()
	c := settings(t, t.TempDir(), mailtest.Start(t, mailtest.Script{}))
	c.Database, c.Keys = storetest.Postgres(t), filepath.Join(t.TempDir(), "keys")
	a, stop := running(t, c, cheap())
	if err := a.DB.Beat(t.Context(), "another"); err != nil {
		t.Fatal(err)
	}
	stop() // which fails if it cannot leave
	conn, err := pgx.Connect(t.Context(), c.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var left int
	if err := conn.QueryRow(t.Context(), `SELECT COUNT(*) FROM nodes`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d nodes are on the list, and one is still there: %v", left, err)
	}
}
