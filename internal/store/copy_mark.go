package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rekey"
)

// movedSetting is the name of the setting that marks a moved database.
const movedSetting = "moved"

// mark is the value of movedSetting.
type mark struct {
	To string `json:"to"` // without a password
	At int64  `json:"at"` // microseconds since 1970
}

// NotMoved refuses a database that was moved. A server on it would send pending
// mails a second time, and other changes to it would have no effect.
//
// Errors: CodeConflict, naming the field database. It says where the database is
// now and how to use the file again.
func (s Queries) NotMoved(ctx context.Context) error {
	value, err := s.Setting(ctx, movedSetting)
	if err != nil || value == nil {
		return err
	}
	var m mark
	if err := json.Unmarshal(value, &m); err != nil {
		return fmt.Errorf("where the database was moved to: %w", err)
	}
	message := fmt.Sprintf(
		"This database was moved to %s at %s. Use that one, with --database or REKEY_DATABASE: two servers would send pending mails twice. "+
			"To use this database again, run rekey migrate copy --undo with the same --from: only if the copy is empty, or will never be used again.",
		m.To, time.UnixMicro(m.At).UTC().Format(time.RFC3339))
	return notThis(rekey.CodeConflict, message, nil)
}

// TakeBack removes the mark of a moved database, and reports whether there was one.
func (tx *Tx) TakeBack(ctx context.Context) (bool, error) {
	n, err := tx.changes(ctx, `DELETE FROM settings WHERE name = $1`, movedSetting)
	return n > 0, err
}

// handOver first marks the file as moved and then commits the copy, so that both
// can never be served at once. If the commit fails, it may still have been done, so
// the mark stays.
func (db *DB) handOver(ctx context.Context, copied pgx.Tx, c Copying) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	value, err := json.Marshal(mark{c.To, micros(c.Now)})
	if err != nil {
		return err
	}
	if err := db.Update(ctx, func(tx *Tx) error { return tx.PutSetting(ctx, movedSetting, value) }); err != nil {
		return fmt.Errorf("mark the file as moved: %w", err)
	}
	if err := copied.Commit(ctx); err != nil {
		return &rekey.Error{Code: rekey.CodeUnavailable, Cause: err, Message: "The copy may or may not be complete: " + err.Error() +
			". Look into " + c.To + ": if its table system_users has rows, the copy is complete; if not, run rekey migrate copy --undo with the same --from, and copy again."}
	}
	return nil
}
