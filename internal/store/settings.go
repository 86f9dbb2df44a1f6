package store

import (
	"context"
	"database/sql"
	"errors"
)

// Setting returns a stored setting; nil if there is none of that name.
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

// LockSetting is Setting for a transaction that will write the setting. Other
// transactions that lock it wait until this one ends.
func (tx *Tx) LockSetting(ctx context.Context, name string) ([]byte, error) {
	// Only an existing row can be locked.
	if err := tx.write(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, []byte{}); err != nil {
		return nil, err
	}
	if err := tx.lockRow(ctx, `settings WHERE name = $1`, name); err != nil {
		return nil, err
	}
	value, err := tx.Setting(ctx, name)
	if len(value) == 0 {
		value = nil
	}
	return value, err
}
