package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rekey"
)

// Merged counts the changes to a restored backup.
type Merged struct {
	// New people are only in the replaced database and are not carried over. Deleted
	// people are only in the backup and are now blocked.
	New, Deleted int64
	// Stopped automations were active in the backup, and were deactivated or deleted
	// since.
	Stopped int64
	// Doubtful deliveries were unfinished in the backup and may have been mailed
	// since. Cancelled runs were unfinished. Both are 0 if the replaced database
	// could be read.
	Doubtful, Cancelled int64
	// Tokens rest until they are confirmed.
	Tokens int64
	// Runs and Deliveries are those that continue when sending is resumed.
	Runs, Deliveries int
}

// What happens to each table. A test compares these lists with the schema, so that
// no new table is forgotten.
var (
	// restoredTables come from the backup.
	restoredTables = []string{"system_users", "selections", "automations", "history", "settings"}
	// recordTables come from the replaced database, if it can be read: what
	// happened since, the live mailed passwords, and what prevents a repetition.
	recordTables = []string{"events", "past_events", "runs", "batches", "forms", "deliveries", "figures", "figures_took", "reached", "counters", "directory_writes", "directories"}
	// userTables do, too, for the people in the backup.
	userTables = []string{"event_sources", "tokens", "password_history", "notices"}
	// endedTables are empty after a restore: all sessions end, and the import of each
	// directory begins anew. The table directories still says that it was imported before.
	endedTables = []string{"sessions", "setup_links", "directory_entries", "directory_events"}
)

// securityColumns of a person come from the replaced database: whether and how they
// can log in, and what they may do.
var securityColumns = []string{"address", "address_key", "type", "role", "rank", "status", "blocked_by", "directory_account", "directory_token", "chosen", "password_version", "password_changed_at",
	"last_login_at", "last_password_call_at", "last_logon_event_at", "unused_before", "strangers_before"}

// inBackup and inReplaced are conditions for people in the backup and in the
// replaced database.
const (
	inBackup   = `user_id IN (SELECT id FROM main.system_users)`
	inReplaced = `id IN (SELECT id FROM old.system_users)`
)

// merge carries over newer data from the replaced database, which is attached as
// old. People and definitions come from the backup; access and the record come from
// the replaced database. So no revoked password and no ended token comes back, and
// no block is undone. Everybody who could log in still can, and nothing is mailed
// twice.
func (tx *Tx) merge(ctx context.Context, now time.Time) (m Merged, err error) {
	err = tx.one(ctx, `SELECT (SELECT COUNT(*) FROM old.system_users WHERE id NOT IN (SELECT id FROM main.system_users)),
		(SELECT COUNT(*) FROM main.system_users WHERE NOT `+inReplaced+`)`, nil, &m.New, &m.Deleted)
	if err != nil {
		return m, fmt.Errorf("compare people: %w", err)
	}
	if err := tx.mergePeople(ctx); err != nil {
		return m, fmt.Errorf("people: %w", err)
	}
	if m.Stopped, err = tx.mergeAutomations(ctx); err != nil {
		return m, fmt.Errorf("automations: %w", err)
	}
	for _, name := range slices.Concat(recordTables, userTables) {
		where := ""
		if slices.Contains(userTables, name) {
			where = " WHERE " + inBackup
		}
		columns, err := tx.columnsOf(ctx, name)
		if err != nil {
			return m, err
		}
		if err := tx.write(ctx, `DELETE FROM main.`+name); err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
		if err := tx.write(ctx, fmt.Sprintf(`INSERT INTO main.%s (%s) SELECT %s FROM old.%s%s`, name, columns, columns, name, where)); err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
	}
	// The replaced database knows the newer keys.
	if err := tx.write(ctx, `INSERT OR REPLACE INTO main.settings (name, value) SELECT name, value FROM old.settings WHERE name = 'key_proof'`); err != nil {
		return m, err
	}
	return m, tx.finishRestore(ctx, now, true, &m)
}

// mergePeople takes over the securityColumns. An address may have moved from one
// person to another, so changing addresses are freed first. Deleted people are
// blocked.
func (tx *Tx) mergePeople(ctx context.Context) error {
	set := strings.Join(securityColumns, ", ")
	for _, statement := range []string{
		`UPDATE main.system_users SET status = 'blocked', blocked_by = 'person', version = version + 1 WHERE NOT ` + inReplaced,
		`UPDATE main.system_users SET address = id || '@deleted.invalid', address_key = id || '@deleted.invalid', search = id || '@deleted.invalid'
			WHERE NOT ` + inReplaced + ` AND address_key IN (SELECT address_key FROM old.system_users)`,
		// Name and address: what the reader sees is right after the next change.
		`UPDATE main.system_users SET search = replace(search, address_key, (SELECT o.address_key FROM old.system_users o WHERE o.id = system_users.id))
			WHERE ` + inReplaced,
		`UPDATE main.system_users SET address_key = 'moving ' || id WHERE ` + inReplaced,
		`UPDATE main.system_users SET (` + set + `, version) = (SELECT ` + set + `, MAX(system_users.version, o.version) + 1
			FROM old.system_users o WHERE o.id = system_users.id) WHERE ` + inReplaced,
	} {
		if err := tx.write(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// mergeAutomations stops the automations that were stopped or deleted since. Those that
// went into trial since are in trial. It gives each changed one a new version.
func (tx *Tx) mergeAutomations(ctx context.Context) (stopped int64, err error) {
	stopped, err = tx.changes(ctx, `UPDATE main.automations SET status = 'inactive', version = version + 1
		WHERE status IN ('active', 'trial') AND id NOT IN (SELECT id FROM old.automations WHERE status IN ('active', 'trial'))`)
	if err != nil {
		return 0, err
	}
	if err := tx.write(ctx, `UPDATE main.automations SET status = 'trial', version = version + 1
		WHERE status = 'active' AND id IN (SELECT id FROM old.automations WHERE status = 'trial')`); err != nil {
		return 0, err
	}
	for _, name := range []string{"automations", "selections"} {
		if err := tx.write(ctx, `UPDATE main.`+name+` SET version = o.version + 1 FROM old.`+name+` o
			WHERE o.id = `+name+`.id AND o.version >= `+name+`.version AND o.updated_at <> `+name+`.updated_at`); err != nil {
			return 0, err
		}
	}
	return stopped, nil
}

func (tx *Tx) columnsOf(ctx context.Context, name string) (string, error) {
	var columns []string
	err := tx.each(ctx, `SELECT name FROM pragma_table_info($1)`, []any{name}, func(r rows) error {
		var column string
		err := r.Scan(&column)
		columns = append(columns, `"`+column+`"`)
		return err
	})
	return strings.Join(columns, ", "), err
}

// restoredSetting is the name of the setting that holds the last restore.
const restoredSetting = "restored"

// restoration is the value of restoredSetting.
type restoration struct {
	At int64 `json:"at"` // microseconds since 1970
	// Complete: newer data was carried over.
	Complete bool `json:"complete"`
}

// RestoredBlindly returns when a backup was last restored without carrying over
// newer data; the zero time if never.
func (s Queries) RestoredBlindly(ctx context.Context) (time.Time, error) {
	value, err := s.Setting(ctx, restoredSetting)
	if err != nil || value == nil {
		return time.Time{}, err
	}
	var r restoration
	if err := json.Unmarshal(value, &r); err != nil || r.Complete {
		return time.Time{}, err
	}
	return time.UnixMicro(r.At).UTC(), nil
}

// finishRestore follows every restore: it ends sessions, rests tokens, lets schedules go on from now, makes jobs
// again and pauses sending.
func (tx *Tx) finishRestore(ctx context.Context, now time.Time, complete bool, m *Merged) (err error) {
	for _, name := range endedTables {
		if err := tx.write(ctx, `DELETE FROM `+name); err != nil {
			return err
		}
	}
	if err := tx.write(ctx, `UPDATE directories SET cookie = '', full_at = 0, groups_at = 0, tried_at = 0, claim = '', claim_until = 0`); err != nil {
		return err
	}
	if m.Tokens, err = tx.changes(ctx, `UPDATE tokens SET resting = TRUE`); err != nil {
		return err
	}
	if err := tx.write(ctx, `DELETE FROM river_job WHERE kind IN ('execute', 'deliver', 'notify', 'notice')`); err != nil {
		return err
	}
	if err := tx.renewSchedules(ctx, now); err != nil {
		return err
	}
	value, err := json.Marshal(restoration{micros(now), complete})
	if err != nil {
		return err
	}
	if err := tx.PutSetting(ctx, restoredSetting, value); err != nil {
		return err
	}
	if _, err := tx.EndPause(ctx); err != nil {
		return err
	}
	if _, err := tx.PutPause(ctx, rekey.Pause{At: now, By: "rekey restore", Reason: "a backup was restored"}); err != nil {
		return err
	}
	m.Runs, m.Deliveries, err = tx.Backlog(ctx, now, 1<<30)
	return err
}

// ConfirmTokens lets all tokens that rest since a restore log in again, and returns
// how many.
func (tx *Tx) ConfirmTokens(ctx context.Context) (int64, error) {
	return tx.changes(ctx, `UPDATE tokens SET resting = FALSE WHERE resting`)
}
