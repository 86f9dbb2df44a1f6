package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// change is an expression in place of what a column holds in the row that is
// copied. In it i is the number of the copy, from 1 on. "" leaves the column to
// its default.
type change map[string]string

// copies inserts n copies of the one row of a table that is where it says.
// It takes the columns from the table, so that they may change.
func copies(ctx context.Context, tx *sql.Tx, table, where string, n int, differ change) error {
	columns, err := columnsOf(ctx, tx, table)
	if err != nil {
		return err
	}
	var into, from []string
	for _, column := range columns {
		expression, changed := differ[column]
		switch {
		case !changed:
			expression = "t." + column
		case expression == "":
			continue
		}
		into, from = append(into, column), append(from, expression)
	}
	result, err := tx.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO %s (%s) SELECT %s FROM %s t, n WHERE %s`,
		n, table, strings.Join(into, ", "), strings.Join(from, ", "), table, where))
	if err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	if made, err := result.RowsAffected(); err != nil || made != int64(n) {
		return errors.Join(err, fmt.Errorf("fill %s: %d rows came of it, not %d", table, made, n))
	}
	return nil
}

func columnsOf(ctx context.Context, tx *sql.Tx, table string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" LIMIT 0") //nolint:gosec,unqueryvet // which columns it has is the question; the names are in this program
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	return columns, errors.Join(err, rows.Err())
}

// digits writes a number with a fixed number of digits.
func digits(expression string, n int) string {
	return fmt.Sprintf("substr(CAST(1%0*d + %s AS TEXT), 2)", n, 0, expression)
}

// idOf is the id of a copy, of a kind that four letters of hexadecimal tell
// from others: lower than what is made from now on.
func idOf(kind string) string { return "'01980000-0000-7000-" + kind + "-' || " + digits("i", 12) }

// fill writes into a database past the program, all in one transaction.
func (b *bench) fill(ctx context.Context, p *place, write func(*sql.Tx) error) (err error) {
	db, err := p.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, b.db.bulk); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := write(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, b.db.tidy)
	return err
}
