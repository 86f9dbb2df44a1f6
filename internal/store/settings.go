package store

import (
	"context"
	"database/sql"
	"errors"
)

// Setting returns a stored setting, or nil if there is none of that name.
func (s Queries) Setting(ctx context.Context, name string) (value []byte, err error) {
	err = s.one(ctx, `SELECT value FROM settings WHERE name = $1`, []any{name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, err
}

// PutSetting stores a setting.
func (tx *Tx) PutSetting(ctx context.Context, name string, value []byte) error {
	return tx.write(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
