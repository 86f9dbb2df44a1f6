package store

import (
	"context"

	"rekey"
)

// An event that an import found is fresh until an import of its directory ends well.

// PutDirectoryEvents adds fresh events of a directory. An event that waits already stays
// as it is.
func (tx *Tx) PutDirectoryEvents(ctx context.Context, directory string, events []rekey.DirectoryEvent) error {
	if len(events) == 0 {
		return nil
	}
	var set rowset
	for _, e := range events {
		set.row().text(e.UserID).text(e.Event)
	}
	return tx.write(ctx, `INSERT INTO directory_events (directory, user_id, event, fresh) SELECT $2, x.user_id, x.event, 1 FROM `+
		tx.q.rowsOf(1, column{"user_id", text}, column{"event", text})+` x WHERE TRUE ON CONFLICT (user_id, event) DO NOTHING`, set.argument(), directory)
}

// DropDirectoryEvents deletes all events about some system users.
func (tx *Tx) DropDirectoryEvents(ctx context.Context, userIDs []string) error {
	if len(userIDs) == 0 {
		return nil
	}
	return tx.write(ctx, `DELETE FROM directory_events WHERE `+tx.q.in("user_id", 1), texts(userIDs))
}

// TakeDirectoryEvents deletes events of one type about some system users, and returns the
// ids of those about whom there was one.
func (tx *Tx) TakeDirectoryEvents(ctx context.Context, event string, userIDs []string) (taken []string, err error) {
	err = tx.each(ctx, `DELETE FROM directory_events WHERE event = $2 AND `+tx.q.in("user_id", 1)+` RETURNING user_id`, []any{texts(userIDs), event},
		func(r rows) error {
			var id string
			err := r.Scan(&id)
			taken = append(taken, id)
			return err
		})
	return taken, err
}

// FreshEvents lists the fresh events of a directory that have one of the types.
func (s Queries) FreshEvents(ctx context.Context, directory string, types []string) ([]rekey.DirectoryEvent, error) {
	return s.directoryEvents(ctx, `WHERE directory = $2 AND fresh = 1 AND `+s.q.in("event", 1)+` ORDER BY event, user_id`, texts(types), directory)
}

// WithheldEvents lists up to limit events of a directory that wait for their release.
func (s Queries) WithheldEvents(ctx context.Context, directory string, limit int) ([]rekey.DirectoryEvent, error) {
	return s.directoryEvents(ctx, `WHERE directory = $1 AND fresh = 0 ORDER BY event, user_id LIMIT $2`, directory, limit)
}

func (s Queries) directoryEvents(ctx context.Context, where string, args ...any) (list []rekey.DirectoryEvent, err error) {
	err = s.each(ctx, `SELECT event, user_id FROM directory_events `+where, args, func(r rows) error {
		var e rekey.DirectoryEvent
		err := r.Scan(&e.Event, &e.UserID)
		list = append(list, e)
		return err
	})
	return list, err
}

// CountFreshEvents counts the fresh events of a directory by type.
func (s Queries) CountFreshEvents(ctx context.Context, directory string) (map[string]int, error) {
	counts := map[string]int{}
	err := s.each(ctx, `SELECT event, COUNT(*) FROM directory_events WHERE directory = $1 AND fresh = 1 GROUP BY event`, []any{directory}, func(r rows) error {
		var event string
		var n int
		err := r.Scan(&event, &n)
		counts[event] = n
		return err
	})
	return counts, err
}

// WithholdEvents makes the fresh events of a directory wait for their release, and returns
// how many there are.
func (tx *Tx) WithholdEvents(ctx context.Context, directory string) (int64, error) {
	return tx.changes(ctx, `UPDATE directory_events SET fresh = 0 WHERE directory = $1 AND fresh = 1`, directory)
}
