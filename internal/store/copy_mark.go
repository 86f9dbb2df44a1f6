package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rekey"
)

// movedSetting names the mark of a database that was moved elsewhere.
const movedSetting = "moved"

// mark is what it holds.
type mark struct {
	To string `json:"to"` // without a password
	At int64  `json:"at"` // microseconds since 1970
}

// NotMoved refuses a database that was moved elsewhere: a server on it would send
// what is pending a second time, and whatever else is done with it has no effect.
//
// Errors: CodeConflict, naming the field database and saying where it is now and
// how to have it served again.
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
		"This database was moved to %s at %s. Name that one with --database or REKEY_DATABASE: a server on each would mail what is pending twice. "+
			"Only if the copy there is empty, or is given up and never served again: rekey migrate copy --undo, with the same --from, takes the mark off this one.",
		m.To, time.UnixMicro(m.At).UTC().Format(time.RFC3339))
	return notThis(rekey.CodeConflict, message, nil)
}

// TakeBack takes the mark off a database that was moved, and reports whether
// there was one.
func (tx *Tx) TakeBack(ctx context.Context) (bool, error) {
	n, err := tx.changes(ctx, `DELETE FROM settings WHERE name = $1`, movedSetting)
	return n > 0, err
}

// handOver marks the file as moved and commits the copy, in this order: at no
// moment may both be served. If the commit fails, nobody knows whether it was
// done, so the mark stays.
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
		return &rekey.Error{Code: rekey.CodeUnavailable, Cause: err, Message: "It is not known whether the copy was committed: " + err.Error() +
			". Look into " + c.To + ": if its table system_users has rows, everything is there; if not, rekey migrate copy --undo, with the same --from, and copy again."}
	}
	return nil
}
