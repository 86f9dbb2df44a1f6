package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"rekey"
	"rekey/internal/english"
)

// digest hashes the rows of a table in the same way on both sides: of each value
// its length and its text.
type digest struct {
	hash hash.Hash
	text []byte // of one row
	rows int64
}

func newDigest() digest { return digest{hash: sha256.New()} }

func (d *digest) sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }

// add adds a row. The lengths keep values apart, and NULL differs from an empty
// text.
func (d *digest) add(values []any) error {
	d.text = d.text[:0]
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			d.text = append(d.text, '-')
		case int64:
			d.text = strconv.AppendInt(append(d.text, 'i'), v, 10)
		case bool:
			d.text = strconv.AppendBool(d.text, v)
		case string:
			d.text = append(strconv.AppendInt(append(d.text, 't'), int64(len(v)), 10), ':')
			d.text = append(d.text, v...)
		case []byte:
			d.text = append(strconv.AppendInt(append(d.text, 'b'), int64(len(v)), 10), ':')
			d.text = append(d.text, v...)
		default:
			return fmt.Errorf("a %T cannot be copied", value)
		}
		d.text = append(d.text, ',')
	}
	d.text = append(d.text, '\n')
	_, err := d.hash.Write(d.text)
	d.rows++
	return err
}

// reading reads a SQLite table row by row for PostgreSQL. It implements
// pgx.CopyFromSource.
type reading struct {
	*sql.Rows

	t      table
	digest digest
	dest   []any
	values []any
	told   func(rows int64)
	err    error
}

// Values implements pgx.CopyFromSource.
func (r *reading) Values() ([]any, error) {
	if r.err = r.Scan(r.dest...); r.err != nil {
		return nil, r.err
	}
	for i, kind := range r.t.types {
		if r.values[i], r.err = fitting(r.values[i], kind); r.err != nil {
			r.err = r.misfit(i)
			return nil, r.err
		}
	}
	if r.err = r.digest.add(r.values); r.err != nil {
		return nil, r.err
	}
	if r.digest.rows%stepEvery == 0 {
		r.told(stepEvery)
	}
	return r.values, nil
}

// misfit is the error for a value that PostgreSQL cannot hold. It names the row by
// its key.
func (r *reading) misfit(column int) error {
	var key []string
	for i, name := range r.t.columns {
		for _, k := range r.t.key {
			if k == name {
				key = append(key, fmt.Sprintf("%s %q", name, fmt.Sprint(r.values[i])))
			}
		}
	}
	return rekey.NewError(rekey.CodeInvalid, fmt.Sprintf("In the table %s, the row with %s has %s that PostgreSQL cannot hold as %s (%v). Correct it in the file. Nothing was copied.",
		r.t.name, strings.Join(key, ", "), english.A(r.t.columns[column]), r.t.types[column], r.err))
}

// fitting converts a value of SQLite, which stores any value in any column, to the
// PostgreSQL type.
func fitting(value any, kind string) (any, error) {
	if value == nil {
		return nil, nil
	}
	switch kind {
	case "text":
		if v, ok := value.(string); ok {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, fmt.Errorf("it is not UTF-8, or has a NUL")
			}
			return v, nil
		}
	case "bytea":
		switch v := value.(type) {
		case []byte:
			return v, nil
		case string:
			return []byte(v), nil
		}
	case "bigint":
		if v, ok := value.(int64); ok {
			return v, nil
		}
	case "boolean":
		switch v := value.(type) {
		case bool:
			return v, nil
		case int64:
			return v != 0, nil
		}
	}
	return nil, fmt.Errorf("it is stored as %T", value)
}

// copyTable copies one table in one stream, and returns the digest of the rows
// read.
func (c *copying) copyTable(ctx context.Context, t table) (digest, error) {
	rows, err := c.from.QueryContext(ctx, t.query()) //nolint:rowserrcheck // CopyFrom asks for it
	if err != nil {
		return digest{}, err
	}
	defer func() { _ = rows.Close() }()
	told := func(rows int64) { c.step("copying", t, rows) }
	told(0)
	r := &reading{Rows: rows, t: t, digest: newDigest(), told: told, values: make([]any, len(t.columns)), dest: make([]any, len(t.columns))}
	for i := range r.dest {
		r.dest[i] = &r.values[i]
	}
	_, err = c.to.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, r)
	if r.err != nil {
		err = r.err
	}
	told(r.digest.rows % stepEvery)
	return r.digest, err
}

// readBack returns the digest of a table in PostgreSQL.
func (c *copying) readBack(ctx context.Context, t table) (digest, error) {
	rows, err := c.to.Query(ctx, t.query())
	if err != nil {
		return digest{}, err
	}
	defer rows.Close()
	d := newDigest()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return d, err
		}
		if err := d.add(values); err != nil {
			return d, err
		}
		if d.rows%stepEvery == 0 {
			c.step("comparing", t, stepEvery)
		}
	}
	c.step("comparing", t, d.rows%stepEvery)
	return d, rows.Err()
}
