package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rekey"
	"rekey/internal/engine"
)

// move is a file of SQLite and an empty PostgreSQL to copy it to.
type move struct {
	*fixture

	to   *DB
	jobs []engine.Task // that the copy has made
	step func(CopyStep)
}

func newMove(t *testing.T) *move {
	t.Helper()
	m := &move{fixture: &fixture{DB: openSQLiteForTest(t), t: t, ctx: t.Context()}, to: openPostgresForTest(t), step: func(CopyStep) {}}
	m.to.Enqueue = func(_ context.Context, _ any, jobs []engine.Task) error {
		m.jobs = append(m.jobs, jobs...)
		return nil
	}
	return m
}

func (m *move) copy(ctx context.Context) (Copied, error) {
	return m.CopyTo(ctx, m.to, Copying{Now: noon, To: "there", Step: m.step})
}

// rowsOf returns what a table holds, as sorted text.
func (m *move) rowsOf(db *DB, name string) []string {
	m.t.Helper()
	var list []string
	add := func(columns []string, values []any) {
		cells := make([]string, len(columns))
		for i, v := range values {
			if truth, ok := v.(bool); ok { // SQLite has 0 and 1
				v = map[bool]int{true: 1}[truth]
			}
			cells[i] = fmt.Sprintf("%s=%v", columns[i], v)
		}
		slices.Sort(cells)
		list = append(list, strings.Join(cells, " "))
	}
	if pool := db.Postgres(); pool != nil {
		found, err := pool.Query(m.ctx, "SELECT * FROM "+name) //nolint:unqueryvet // all of them is the point
		m.ok(err)
		defer found.Close()
		var columns []string
		for _, field := range found.FieldDescriptions() {
			columns = append(columns, field.Name)
		}
		for found.Next() {
			values, err := found.Values()
			m.ok(err)
			add(columns, values)
		}
		m.ok(found.Err())
	} else {
		found, err := db.SQLite().QueryContext(m.ctx, "SELECT * FROM "+name) //nolint:unqueryvet // all of them is the point
		m.ok(err)
		defer func() { _ = found.Close() }()
		columns, err := found.Columns()
		m.ok(err)
		for found.Next() {
			values, dest := make([]any, len(columns)), make([]any, len(columns))
			for i := range dest {
				dest[i] = &values[i]
			}
			m.ok(found.Scan(dest...))
			add(columns, values)
		}
		m.ok(found.Err())
	}
	slices.Sort(list)
	return list
}

// fill puts rows into every table of the file, each value of which is unlike any
// other, and returns the names of the tables.
func (m *move) fill() (tables []string) {
	m.t.Helper()
	type column struct {
		table, name, kind string
		required          bool
	}
	var all []column
	m.ok(m.each(m.ctx, `SELECT m.name, c.name, c.type, c."notnull" OR c.pk > 0 FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT GLOB 'river_*' AND m.name NOT GLOB 'sqlite_*' AND m.name <> 'goose_db_version' ORDER BY 1`, nil, func(r rows) error {
		var c column
		err := r.Scan(&c.table, &c.name, &c.kind, &c.required)
		all = append(all, c)
		return err
	}))
	last := 0
	for len(all) > 0 {
		name := all[0].table
		tables = append(tables, name)
		n := slices.IndexFunc(all, func(c column) bool { return c.table != name })
		if n < 0 {
			n = len(all)
		}
		for row := range 3 {
			var columns, marks []string
			var values []any
			for i, c := range all[:n] {
				last++
				columns, marks = append(columns, `"`+c.name+`"`), append(marks, fmt.Sprintf("$%d", i+1))
				switch {
				case !c.required && row == 2:
					values = append(values, nil)
				case c.kind == "TEXT":
					values = append(values, fmt.Sprintf("Çelik's \"%s\"\t\\ %d\n☃", c.name, last))
				case c.kind == "BLOB":
					values = append(values, []byte{0, 0xff, byte(last >> 8), byte(last)})
				case c.kind == "BIGINT":
					values = append(values, int64(last)<<40)
				case c.kind == "BOOLEAN":
					values = append(values, row == 1)
				default:
					m.t.Fatalf("%s.%s: nobody has said how a %s is filled in", c.table, c.name, c.kind)
				}
			}
			_, err := m.SQLite().ExecContext(m.ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", name, strings.Join(columns, ", "), strings.Join(marks, ", ")), values...)
			m.ok(err)
		}
		all = all[n:]
	}
	return tables
}

func TestEveryColumnOfEveryTableIsCopied(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	tables := m.fill()
	want := map[string][]string{}
	for _, name := range tables {
		want[name] = m.rowsOf(m.DB, name)
	}
	for i, row := range want["batches"] { // what is open is open at once, since nobody works on it any more
		want["batches"][i] = regexp.MustCompile(`next_at=\d+`).ReplaceAllString(row, "next_at=1")
	}
	result, err := m.copy(m.ctx)
	m.ok(err)
	for i, name := range tables {
		if diff := cmp.Diff(want[name], m.rowsOf(m.to, name)); diff != "" {
			t.Errorf("%s: PostgreSQL (+) has not what the file had (-):\n%s", name, diff)
		}
		if c := result.Tables[i]; c.Name != name || c.Rows != 3 || len(c.Digest) != 64 {
			t.Errorf("said to be copied: %+v; %s with 3 rows was", c, name)
		}
	}
}

// A table on one side only would be left behind, or never filled.
func TestBothDatabasesHaveTheSameTables(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	tx, err := m.to.Postgres().Begin(m.ctx)
	m.ok(err)
	defer func() { _ = tx.Rollback(m.ctx) }()
	there, err := tablesOfPostgres(m.ctx, tx)
	m.ok(err)
	from, err := m.backend.(*sqlite).snapshot(m.ctx) //nolint:errcheck // newMove
	m.ok(err)
	defer func() { _ = from.end(m.ctx) }()
	tables, err := from.tables(m.ctx, there)
	m.ok(err)
	for name := range there {
		if !foreign(name) && !slices.Contains(slices.Concat(names(tables), amongNodes), name) {
			t.Errorf("PostgreSQL has a table %s, which no copy fills", name)
		}
	}
}

// untouched fails the test unless the target is empty and the file can be served.
func (m *move) untouched() {
	m.t.Helper()
	for _, name := range []string{"system_users", "settings", "deliveries"} {
		if rows := m.rowsOf(m.to, name); len(rows) > 0 {
			m.t.Errorf("%s: %v", name, rows)
		}
	}
	if err := m.NotMoved(m.ctx); err != nil {
		m.t.Error(err)
	}
}

func TestAnInterruptedCopyLeavesNothingAndCanBeMadeAgain(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	m.queued(m.user(), m.user())
	for _, at := range []string{"copying tokens", "comparing tokens", "making jobs "} {
		ctx, cancel := context.WithCancel(m.ctx)
		m.step = func(s CopyStep) {
			if s.Doing+" "+s.Table == at {
				cancel()
			}
		}
		if _, err := m.copy(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped while %s: %v", at, err)
		}
		m.untouched()
	}
	onPurpose := errors.New("on purpose")
	enqueue := m.to.Enqueue
	m.to.Enqueue = func(context.Context, any, []engine.Task) error { return onPurpose }
	m.step = func(CopyStep) {}
	if _, err := m.copy(m.ctx); !errors.Is(err, onPurpose) {
		t.Error(err)
	}
	m.untouched()
	m.to.Enqueue = enqueue
	if _, err := m.copy(m.ctx); err != nil {
		t.Error(err)
	}
	if rows := m.rowsOf(m.to, "deliveries"); len(rows) != 2 {
		t.Errorf("%d deliveries", len(rows))
	}
}

func TestWhatIsNotTheSameOnBothSidesIsNotCommitted(t *testing.T) {
	t.Parallel()
	for name, spoils := range map[string]string{
		"a value": `NEW.address = upper(NEW.address); RETURN NEW;`,
		"a row":   `RETURN NULL;`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMove(t)
			m.queued(m.user())
			_, err := m.to.Postgres().Exec(m.ctx, `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN `+spoils+` END $$`)
			m.ok(err)
			_, err = m.to.Postgres().Exec(m.ctx, `CREATE TRIGGER spoils BEFORE INSERT ON system_users FOR EACH ROW EXECUTE FUNCTION spoil()`)
			m.ok(err)
			if _, err := m.copy(m.ctx); err == nil || !strings.Contains(err.Error(), "system_users has 1 row with") {
				t.Errorf("got %v", err)
			}
			m.untouched()
		})
	}
}

func TestNothingIsCopiedIntoADatabaseThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	for table, insert := range map[string]string{
		"settings":  `INSERT INTO settings (name, value) VALUES ('key_proof', '')`,
		"nodes":     `INSERT INTO nodes (id, seen_at) VALUES ('other', now())`,
		"river_job": `INSERT INTO river_job (kind, args, max_attempts) VALUES ('sweep', '{}', 1)`,
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			m := newMove(t)
			_, err := m.to.Postgres().Exec(m.ctx, insert)
			m.ok(err)
			_, err = m.copy(m.ctx)
			wantCode(t, err, rekey.CodeConflict)
			if err == nil || !strings.Contains(err.Error(), "there is not empty: there are rows in "+table) {
				t.Errorf("got %v", err)
			}
			if err := m.NotMoved(m.ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFileMovesOnceUnlessThatIsTakenBack(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	if _, err := m.copy(m.ctx); err != nil {
		t.Fatal(err)
	}
	m.to = openPostgresForTest(t) // empty, as that after a failed commit is
	_, err := m.copy(m.ctx)
	wantCode(t, err, rekey.CodeConflict)
	if err == nil || !strings.Contains(err.Error(), "moved to there at 2026-03-02T12:00:00Z") || !strings.Contains(err.Error(), "--undo") {
		t.Errorf("got %v", err)
	}
	for _, want := range []bool{true, false} {
		m.write(func(tx *Tx) error {
			if got, err := tx.TakeBack(m.ctx); got != want || err != nil {
				t.Errorf("taken back: %v, %v; want %v", got, err, want)
			}
			return nil
		})
	}
	if _, err := m.copy(m.ctx); err != nil {
		t.Error(err)
	}
	if rows := m.rowsOf(m.to, "settings"); len(rows) > 0 {
		t.Errorf("copied with it: %v", rows)
	}
}

// committing is a transaction that ends as the test wants.
type committing struct {
	pgx.Tx

	commit func() error
}

func (c committing) Commit(context.Context) error { return c.commit() }

// At no moment may both be served, whenever the process is killed.
func TestTheFileIsMarkedBeforeTheCopyIsCommitted(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	lost := errors.New("connection lost")
	err := m.handOver(m.ctx, committing{commit: func() error {
		wantCode(t, m.NotMoved(m.ctx), rekey.CodeConflict)
		return lost
	}}, Copying{Now: noon, To: "there"})
	if !errors.Is(err, lost) || !strings.Contains(err.Error(), "may or may not be complete") {
		t.Errorf("got %v", err)
	}
	wantCode(t, m.NotMoved(m.ctx), rekey.CodeConflict)
}

func TestAValueThatPostgreSQLCannotHoldIsNamed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"a NUL": "Ada\x00", "no UTF-8": "Ad\xe4", "a number": 7.5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMove(t)
			u := m.user()
			column := "first_name"
			if _, isText := value.(string); !isText {
				column = "rank"
			}
			_, err := m.SQLite().ExecContext(m.ctx, `UPDATE system_users SET `+column+` = $1`, value)
			m.ok(err)
			_, err = m.copy(m.ctx)
			wantCode(t, err, rekey.CodeInvalid)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("id %q", u.ID)) || !strings.Contains(err.Error(), column) {
				t.Errorf("got %v", err)
			}
			m.untouched()
		})
	}
}

func TestAFileOfAnOlderProgramIsNotCopied(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	_, err := m.SQLite().ExecContext(m.ctx, `DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`)
	m.ok(err)
	_, err = m.copy(m.ctx)
	wantCode(t, err, rekey.CodeUnavailable)
	if err == nil || !strings.Contains(err.Error(), "Run rekey migrate") {
		t.Errorf("got %v", err)
	}
	m.untouched()
}
