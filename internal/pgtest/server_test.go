package pgtest

import (
	"errors"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestWhatIsStoredIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.Folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its folder is still there: %v", err)
		}
	})
	if err := s.Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS n"); err != nil {
		t.Fatal(err)
	}
	for _, how := range []struct {
		name string
		stop func() error
	}{
		{"restarted", func() error { return s.Restart(t.Context(), Immediate) }},
		{"stopped and resumed", func() error { return errors.Join(s.Stop(Fast), s.Resume(t.Context())) }},
		{"resumed although it runs", func() error { return s.Resume(t.Context()) }},
	} {
		if err := how.stop(); err != nil {
			t.Fatalf("%s: %v", how.name, err)
		}
		if got := number(t, s.URL("postgres"), "SELECT n FROM kept"); got != 42 {
			t.Errorf("%s: %d is kept, want 42", how.name, got)
		}
	}
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := Database(t), Database(t)
	number(t, one, "CREATE TABLE mine (n int)")
	if got := number(t, other, "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'mine'"); got != 0 {
		t.Error("a table of one database is in the other")
	}
}

// number runs a statement and returns its only value, 0 if it has none.
func number(t *testing.T, url, statement string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), statement).Scan(&n); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return n
}
