package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"rekey"
)

// Directory returns how far the import of a directory has come; before its first pass,
// only the name.
func (s Queries) Directory(ctx context.Context, name string) (rekey.DirectoryState, error) {
	d := rekey.DirectoryState{Name: name}
	err := s.one(ctx, `SELECT cookie, pass, full_at, synced_at, groups_at, problem, problem_since, tried_at FROM directories WHERE name = $1`, []any{name},
		&d.Cookie, &d.Pass, moment{&d.FullAt}, moment{&d.SyncedAt}, moment{&d.GroupsAt}, &d.Problem, moment{&d.ProblemSince}, moment{&d.TriedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil
	}
	return d, err
}

// ClaimDirectory lets a node import a directory until a moment. It reports whether no
// other node does so.
func (tx *Tx) ClaimDirectory(ctx context.Context, name, node string, now, until time.Time) (bool, error) {
	n, err := tx.changes(ctx, `INSERT INTO directories (name, cookie, pass, full_at, synced_at, groups_at, problem, problem_since, claim, claim_until)
		VALUES ($1, '', 0, 0, 0, 0, '', 0, $2, $4)
		ON CONFLICT (name) DO UPDATE SET claim = excluded.claim, claim_until = excluded.claim_until
		WHERE directories.claim IN ('', excluded.claim) OR directories.claim_until <= $3`, name, node, micros(now), micros(until))
	return n > 0, err
}

// PutDirectory stores how far the import has come, and ends the claim of the node. It
// changes nothing if another node has claimed the directory meanwhile.
func (tx *Tx) PutDirectory(ctx context.Context, d rekey.DirectoryState, node string) error {
	return tx.write(ctx, `UPDATE directories SET cookie = $2, pass = $3, full_at = $4, synced_at = $5, problem = $6, problem_since = $7, groups_at = $8, tried_at = $10,
		claim = '', claim_until = 0 WHERE name = $1 AND claim = $9`,
		d.Name, d.Cookie, d.Pass, micros(d.FullAt), micros(d.SyncedAt), d.Problem, micros(d.ProblemSince), micros(d.GroupsAt), node, micros(d.TriedAt))
}

const entryColumns = `e.entry_key, e.user_id, e.address, e.reason, e.pass, e.seen_at, e.missing_since`

// entries reads entries of a directory. where begins with WHERE.
func (s Queries) entries(ctx context.Context, where string, args ...any) ([]rekey.DirectoryEntry, error) {
	var list []rekey.DirectoryEntry
	err := s.each(ctx, `SELECT `+entryColumns+` FROM directory_entries e `+where, args, func(r rows) error {
		var e rekey.DirectoryEntry
		err := r.Scan(&e.Key, &e.UserID, &e.Address, &e.Reason, &e.Pass, moment{&e.SeenAt}, moment{&e.MissingSince})
		list = append(list, e)
		return err
	})
	return list, err
}

// DirectoryEntries returns the entries with these keys, by key.
func (s Queries) DirectoryEntries(ctx context.Context, directory string, keys []string) (map[string]rekey.DirectoryEntry, error) {
	list, err := s.entries(ctx, `WHERE e.directory = $2 AND `+s.q.in("e.entry_key", 1), texts(keys), directory)
	found := make(map[string]rekey.DirectoryEntry, len(list))
	for _, e := range list {
		found[e.Key] = e
	}
	return found, err
}

// ofReason are the entries of directory $1 with reason $2, or with any if it is "". It
// leaves out those of people above rank $3.
const ofReason = `WHERE e.directory = $1 AND e.reason <> '' AND ($2 = '' OR e.reason = $2)
	AND NOT EXISTS (SELECT 1 FROM system_users u WHERE u.id = e.user_id AND u.rank > $3)`

// EntriesWithReason lists the entries of a directory with a reason, or with any if it is
// "", by key: those after a key, or those before a key if back is true. The entries of
// people above maxRank are left out.
func (s Queries) EntriesWithReason(ctx context.Context, directory string, reason rekey.EntryReason, maxRank int, key string, back bool, limit int) ([]rekey.DirectoryEntry, error) {
	page := ` AND e.entry_key > $4 ORDER BY e.entry_key LIMIT $5`
	if back {
		page = ` AND e.entry_key < $4 ORDER BY e.entry_key DESC LIMIT $5`
	}
	list, err := s.entries(ctx, ofReason+page, directory, string(reason), maxRank, key, limit)
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// CountEntries counts what EntriesWithReason lists.
func (s Queries) CountEntries(ctx context.Context, directory string, reason rekey.EntryReason, maxRank int) (n int, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM directory_entries e `+ofReason, []any{directory, string(reason), maxRank}, &n)
	return n, err
}

// EntryWithAddress returns an entry of a directory that has an address there, as it is
// written there.
//
// Errors: CodeNotFound.
func (s Queries) EntryWithAddress(ctx context.Context, directory, address string) (rekey.DirectoryEntry, error) {
	list, err := s.entries(ctx, `WHERE e.directory = $1 AND e.address = $2 ORDER BY e.entry_key LIMIT 1`, directory, address)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "No account in the directory "+directory+" has this address.")
	}
	if err != nil {
		return rekey.DirectoryEntry{}, err
	}
	return list[0], nil
}

// MissedEntries lists the imported entries that the complete pass with this number did
// not see, by key, after the given one.
func (s Queries) MissedEntries(ctx context.Context, directory string, pass int64, after string, limit int) ([]rekey.DirectoryEntry, error) {
	return s.entries(ctx, `WHERE e.directory = $1 AND e.pass < $2 AND e.user_id <> '' AND e.entry_key > $3 ORDER BY e.entry_key LIMIT $4`,
		directory, pass, after, limit)
}

// CountMissing counts the imported entries that the complete pass with this number did
// not see, and all imported ones.
func (s Queries) CountMissing(ctx context.Context, directory string, pass int64) (missing, all int, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FILTER (WHERE pass < $2 AND reason <> 'missing'), COUNT(*) FROM directory_entries WHERE directory = $1 AND user_id <> ''`,
		[]any{directory, pass}, &missing, &all)
	return missing, all, err
}

// AddMissingEntries adds entries for the people of a directory who have none, as after
// a restore, and deletes those that were not imported and that the complete pass with
// this number did not see.
func (tx *Tx) AddMissingEntries(ctx context.Context, directory string, pass int64) error {
	if err := tx.write(ctx, `DELETE FROM directory_entries WHERE directory = $1 AND pass < $2 AND user_id = ''`, directory, pass); err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO directory_entries (directory, entry_key, user_id, address, reason, pass, seen_at, missing_since)
		SELECT u.directory, u.directory_key, u.id, u.address, '', 0, u.created_at, 0 FROM system_users u
		WHERE u.directory = $1 AND u.directory <> '' AND NOT EXISTS (
			SELECT 1 FROM directory_entries e WHERE e.directory = u.directory AND e.entry_key = u.directory_key)`, directory)
}

// PutDirectoryEntries stores entries of a directory.
func (tx *Tx) PutDirectoryEntries(ctx context.Context, directory string, entries []rekey.DirectoryEntry) error {
	var set rowset
	for _, e := range entries {
		set.row().text(e.Key).text(e.UserID).text(e.Address).text(string(e.Reason)).integer(e.Pass).
			integer(micros(e.SeenAt)).integer(micros(e.MissingSince))
	}
	return tx.write(ctx, `INSERT INTO directory_entries (directory, entry_key, user_id, address, reason, pass, seen_at, missing_since)
		SELECT $2, x.entry_key, x.user_id, x.address, x.reason, x.pass, x.seen_at, x.missing_since FROM `+
		tx.q.rowsOf(1, column{"entry_key", text}, column{"user_id", text}, column{"address", text}, column{"reason", text}, column{"pass", integer},
			column{"seen_at", integer}, column{"missing_since", integer})+` x WHERE TRUE
		ON CONFLICT (directory, entry_key) DO UPDATE SET user_id = excluded.user_id, address = excluded.address, reason = excluded.reason,
			pass = excluded.pass, missing_since = excluded.missing_since`, set.argument(), directory)
}

// CountDirectory counts the entries of a directory.
func (s Queries) CountDirectory(ctx context.Context, directory string) (c rekey.DirectoryCounts, err error) {
	c.Reasons = map[rekey.EntryReason]int{}
	err = s.each(ctx, `SELECT reason, COUNT(*), COUNT(*) FILTER (WHERE user_id <> '')
		FROM directory_entries WHERE directory = $1 GROUP BY reason`, []any{directory}, func(r rows) error {
		var reason rekey.EntryReason
		var all, users int
		err := r.Scan(&reason, &all, &users)
		if c.Users += users; reason != "" {
			c.Reasons[reason] = all
		}
		return err
	})
	if err != nil {
		return c, err
	}
	err = s.one(ctx, `SELECT COUNT(*) FROM directory_events WHERE directory = $1 AND fresh = 0`, []any{directory}, &c.Withheld)
	return c, err
}

// UsersOfDirectory returns the system users with these keys of a directory, by key and
// without their sources.
func (s Queries) UsersOfDirectory(ctx context.Context, directory string, keys []string) (map[string]rekey.SystemUser, error) {
	found := make(map[string]rekey.SystemUser, len(keys))
	err := s.each(ctx, `SELECT `+userColumns+` FROM system_users u WHERE u.directory = $2 AND u.directory <> '' AND `+s.q.in("u.directory_key", 1),
		[]any{texts(keys), directory}, func(r rows) error {
			var u rekey.SystemUser
			err := r.Scan(userDest(&u)...)
			found[u.Directory.Key] = u
			return err
		})
	return found, err
}

// DirectoryWrites returns the writes of a kind for deliveries, by delivery id.
func (s Queries) DirectoryWrites(ctx context.Context, deliveryIDs []string, kind rekey.DirectoryWriteKind) (map[string]rekey.DirectoryWrite, error) {
	found := map[string]rekey.DirectoryWrite{}
	err := s.each(ctx, `SELECT delivery_id, user_id, token, begun_at, outcome, ended_at FROM directory_writes
		WHERE kind = $2 AND `+s.q.in("delivery_id", 1), []any{texts(deliveryIDs), string(kind)}, func(r rows) error {
		w := rekey.DirectoryWrite{Kind: kind}
		err := r.Scan(&w.DeliveryID, &w.UserID, &w.Token, moment{&w.BegunAt}, &w.Outcome, moment{&w.EndedAt})
		found[w.DeliveryID] = w
		return err
	})
	return found, err
}

// DirectoryWritesTo returns all writes for a system user.
func (s Queries) DirectoryWritesTo(ctx context.Context, userID string) ([]rekey.DirectoryWrite, error) {
	var list []rekey.DirectoryWrite
	err := s.each(ctx, `SELECT delivery_id, kind, token, begun_at, outcome, ended_at FROM directory_writes WHERE user_id = $1 ORDER BY begun_at, delivery_id, kind`,
		[]any{userID}, func(r rows) error {
			w := rekey.DirectoryWrite{UserID: userID}
			err := r.Scan(&w.DeliveryID, &w.Kind, &w.Token, moment{&w.BegunAt}, &w.Outcome, moment{&w.EndedAt})
			list = append(list, w)
			return err
		})
	return list, err
}

// DirectoryUsers returns the users of a directory whom a batch is to give a password
// now.
func (s Queries) DirectoryUsers(ctx context.Context, runID string, batch int, now time.Time, limit int) ([]rekey.SystemUser, error) {
	var list []rekey.SystemUser
	err := s.each(ctx, `SELECT `+userColumns+` FROM deliveries d JOIN system_users u ON u.id = d.user_id WHERE d.run_id = $1 AND d.batch = $2
		AND (d.state = 'queued' OR `+behind+`) AND d.next_attempt <= $3 AND u.directory <> '' ORDER BY d.id LIMIT $4`,
		[]any{runID, batch, micros(now), limit}, func(r rows) error {
			var u rekey.SystemUser
			err := r.Scan(userDest(&u)...)
			list = append(list, u)
			return err
		})
	return list, err
}

// Scrambled records that a write has revoked the password of a user in their directory.
// The password version of its delivery follows that of the user.
func (tx *Tx) Scrambled(ctx context.Context, w rekey.DirectoryWrite, token string) error {
	if err := tx.PutDirectoryWrite(ctx, w); err != nil {
		return err
	}
	if err := tx.Revoke(ctx, map[string]string{w.UserID: w.DeliveryID}, w.EndedAt); err != nil {
		return err
	}
	if err := tx.write(ctx, `UPDATE system_users SET directory_token = $2 WHERE id = $1`, w.UserID, token); err != nil {
		return err
	}
	return tx.write(ctx, `UPDATE deliveries SET password_version = password_version + 1 WHERE id = $1`, w.DeliveryID)
}

// PutDirectoryWrite stores a write of a delivery, in place of an earlier one of its kind.
func (tx *Tx) PutDirectoryWrite(ctx context.Context, w rekey.DirectoryWrite) error {
	return tx.write(ctx, `INSERT INTO directory_writes (delivery_id, kind, user_id, token, begun_at, outcome, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (delivery_id, kind) DO UPDATE SET user_id = excluded.user_id,
		token = excluded.token, begun_at = excluded.begun_at, outcome = excluded.outcome, ended_at = excluded.ended_at`,
		w.DeliveryID, string(w.Kind), w.UserID, w.Token, micros(w.BegunAt), w.Outcome, micros(w.EndedAt))
}

// NotePassword stores what the directory says of a user's password: its token there, and
// when it was set. If the token is new, there is a chosen password again after a
// revocation. There are two exceptions. The token that a write of Rekey has replaced, or
// may have replaced, is an older one: it was read before, and changes nothing. And after
// a scramble in doubt (EndScrambles) the first token may be that of the random password.
func (tx *Tx) NotePassword(ctx context.Context, userID, token string, setAt time.Time) error {
	const inDoubt = `chosen = '' AND directory_token = ''`
	return tx.write(ctx, `UPDATE system_users SET directory_token = $2,
			password_changed_at = CASE WHEN `+inDoubt+` THEN password_changed_at ELSE $3 END,
			chosen = CASE WHEN `+inDoubt+` THEN '' ELSE $4 END
		WHERE id = $1 AND directory <> '' AND directory_token <> $2 AND NOT EXISTS (
			SELECT 1 FROM directory_writes w WHERE w.user_id = $1 AND w.token = $2 AND w.outcome IN ('', 'set', 'doubtful'))`,
		userID, token, micros(setAt), rekey.ChosenInDirectory)
}
