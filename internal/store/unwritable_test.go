package store

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"rekey"
)

func TestFullDatabaseIsUnavailableAndNotADefect(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	full := func(pages int) {
		t.Helper()
		_, err := f.DB.SQLite().ExecContext(f.ctx, fmt.Sprintf("PRAGMA max_page_count=%d", pages))
		f.ok(err)
	}
	write := func() error {
		return f.Update(f.ctx, func(tx *Tx) error { return tx.PutSetting(f.ctx, "large", make([]byte, 1<<20)) })
	}
	full(1) // as many as there are
	err := write()
	wantCode(t, err, rekey.CodeUnavailable)
	full(1 << 30)
	f.ok(write())
}

func TestErrorsOfPostgresHaveACode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]rekey.Code{
		"53100": rekey.CodeUnavailable, "25006": rekey.CodeUnavailable, "58030": rekey.CodeUnavailable, "42P01": rekey.CodeInternal,
		"22021": rekey.CodeInvalid, "22P05": rekey.CodeInvalid, // a text that PostgreSQL does not store
	} {
		if got := rekey.CodeOf(translatePostgres(fmt.Errorf("write: %w", &pgconn.PgError{Code: code}))); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
}
