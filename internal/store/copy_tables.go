package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The tables and columns to copy are read from the databases. So those of a new
// migration are copied, too, or the copy refuses to begin.

// table is a table to copy.
type table struct {
	name    string
	columns []string
	types   []string // the PostgreSQL types
	key     []string // columns of the primary key: the order of the rows on both sides
}

func names(tables []table) []string {
	list := make([]string, len(tables))
	for i, t := range tables {
		list[i] = t.name
	}
	return list
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func quotedAll(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = quoted(name)
	}
	return strings.Join(list, ", ")
}

// query reads all rows of the table in the same order on both sides. PostgreSQL's
// texts have the collation "C".
func (t table) query() string {
	return "SELECT " + quotedAll(t.columns) + " FROM " + quoted(t.name) + " ORDER BY " + quotedAll(t.key)
}

// foreign reports whether a table is not copied because it belongs to SQLite, the
// migrations or the queue.
func foreign(name string) bool {
	return strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "river_") || name == "goose_db_version"
}

// amongNodes are tables that only PostgreSQL has: the nodes use them to talk to
// each other.
var amongNodes = []string{"nodes", "sweeps", "turns"}

// tablesOfPostgres returns the types of the columns of all tables, by name.
func tablesOfPostgres(ctx context.Context, tx pgx.Tx) (map[string]map[string]string, error) {
	tables := map[string]map[string]string{}
	found, err := tx.Query(ctx, `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()`)
	if err != nil {
		return nil, err
	}
	var name, column, kind string
	_, err = pgx.ForEachRow(found, []any{&name, &column, &kind}, func() error {
		if tables[name] == nil {
			tables[name] = map[string]string{}
		}
		tables[name][column] = kind
		return nil
	})
	return tables, err
}

// snapshot is the content of a SQLite file at one moment.
type snapshot struct{ *sql.Conn }

// snapshot begins to read the file.
func (s *sqlite) snapshot(ctx context.Context) (*snapshot, error) {
	conn, err := s.walker.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &snapshot{conn}, nil
}

func (s *snapshot) end(ctx context.Context) error {
	_, err := s.ExecContext(ctx, "ROLLBACK")
	return errors.Join(err, s.Close())
}

func (s *snapshot) count(ctx context.Context, t table) (n int64, err error) {
	err = s.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+quoted(t.name)).Scan(&n)
	return n, err
}

// tables returns the tables of the file. It returns an error unless PostgreSQL has
// the same tables and columns.
func (s *snapshot) tables(ctx context.Context, there map[string]map[string]string) ([]table, error) {
	found, err := s.QueryContext(ctx, `SELECT m.name, c.name, c.pk FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' ORDER BY m.name, c.cid`)
	if err != nil {
		return nil, fmt.Errorf("tables of SQLite: %w", err)
	}
	defer func() { _ = found.Close() }()
	var tables []table
	for found.Next() {
		var name, column string
		var key int // 1 for the first column of the key
		if err := found.Scan(&name, &column, &key); err != nil {
			return nil, err
		}
		if foreign(name) {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].name != name {
			tables = append(tables, table{name: name})
		}
		t := &tables[len(tables)-1]
		t.columns, t.types = append(t.columns, column), append(t.types, there[name][column])
		if key > 0 {
			t.key = append(t.key, make([]string, max(0, key-len(t.key)))...)
			t.key[key-1] = column
		}
	}
	for _, t := range tables {
		if len(t.key) == 0 || slices.Contains(t.types, "") || len(there[t.name]) != len(t.columns) {
			return nil, fmt.Errorf("the table %s of SQLite has no counterpart with the same columns and a key in PostgreSQL", t.name)
		}
	}
	return tables, found.Err()
}
