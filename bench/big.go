package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"rekey"
	"rekey/internal/store"
)

// What a large installation has on its lists.
const (
	bigUsers       = 100_000
	bigDeliveries  = 1_000_000
	bigRuns        = 2_000
	bigRun         = 500_000 // deliveries of one of them
	bigAutomations = 20
)

// names are parts of names; there are many more people than names.
var firstNames, lastNames = []string{
	"Ada", "Alan", "Barbara", "Bjarne", "Çelik", "Chen", "Dana", "Edsger", "Frances", "Grace", "Hedy", "Ivan", "José", "Katherine", "Leslie",
	"Margaret", "Niklaus", "Ole", "Priya", "Quentin", "Radia", "Sophie", "Tim", "Ursula", "Vint", "Wei", "Xiu", "Yukihiro", "Zoë", "Ärne",
}, []string{
	"Lovelace", "Turing", "Liskov", "Stroustrup", "Hopper", "Lamarr", "Hamilton", "Wirth", "Perlman", "Wilson", "Berners-Lee", "Franklin",
	"Cerf", "Matsumoto", "García", "Müller", "Allen", "Knuth", "Lamport", "Johnson", "Dijkstra", "Goldberg", "O'Brien", "Nygaard", "Kay",
}

func bigUserID(n int) string { return fmt.Sprintf("01980000-0000-7000-8000-%012d", n) }

func bigAutomationID(n int) string { return fmt.Sprintf("automation-%03d", n) }

// buildBig fills a database with a large installation's past month, and returns
// the id of its largest run. It writes tables past the program, since a year's
// work would take as long as it does.
func (b *bench) buildBig(ctx context.Context, p *place, now time.Time) (run string, err error) {
	if err := bigPeople(ctx, p.url, now); err != nil {
		return "", fmt.Errorf("people: %w", err)
	}
	err = b.fill(ctx, p, func(tx *sql.Tx) (err error) {
		run, err = b.bigPast(ctx, tx, now)
		return err
	})
	return run, err
}

func bigPeople(ctx context.Context, path string, now time.Time) (err error) {
	const month = 30 * 24 * time.Hour
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return db.Update(ctx, func(tx *store.Tx) error {
		for n := range bigUsers {
			first, last := firstNames[n%len(firstNames)], lastNames[n/len(firstNames)%len(lastNames)]
			u := rekey.SystemUser{
				ID: bigUserID(n), Address: fmt.Sprintf("person.%06d@dept%02d.example.org", n*7919%bigUsers, n%37), FirstName: first, LastName: last,
				Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: now.Add(-month - time.Duration(bigUsers-n)*time.Minute),
				Attributes: map[string]string{"team": fmt.Sprintf("team %d", n%97), "site": "Zürich"},
			}
			switch {
			case n%1000 == 7:
				u.Role = rekey.RoleManager
			case n%100 == 3:
				u.Role = rekey.RoleOperator
			case n%10 == 1:
				u.Type = rekey.TypeAPI
			case n%10 == 2:
				u.Type = rekey.TypeHybrid
			}
			if n%50 == 9 {
				u.Status = rekey.UserBlocked
			}
			if err := u.Validate(); err != nil {
				return err
			}
			if err := tx.InsertUser(ctx, u); err != nil {
				return err
			}
		}
		return nil
	})
}

// bigPast writes automations, events, runs and deliveries.
func (b *bench) bigPast(ctx context.Context, tx *sql.Tx, now time.Time) (largest string, err error) {
	const month = 30 * 24 * time.Hour
	for n := range bigAutomations {
		if _, err := tx.ExecContext(ctx, `INSERT INTO automations (id, name, name_key, description, owner_id, event_type, event_filter, job_type, job_params,
			selection_id, delay_unit, delay_value, time_zone, status, built_in, version, created_at, updated_at)
			VALUES ($1, $2, $2, '', '', 'external', '{}', 'send_new_password', '{"use_event_parameter": true}', '', '', 0, 'UTC', 'inactive', '', 1, 0, 0)`,
			bigAutomationID(n), fmt.Sprintf("automation %d", n)); err != nil {
			return "", err
		}
	}
	others := (bigDeliveries - bigRun) / (bigRuns - 1)
	next := 0
	for n := range bigRuns {
		at := now.Add(-month + time.Duration(n)*(month/bigRuns)).UnixMicro()
		id, of, state, count, named := fmt.Sprintf("run-%06d", n), fmt.Sprintf("event-%06d", n), "finished", others, 10
		switch {
		case n == bigRuns-10:
			count, largest = bigRun, id
		case n%400 == 11:
			state, count = "held", 0
		case n%100 == 50:
			named = 10_000 // the most that an event may name
		}
		users := make([]string, named)
		for i := range users {
			users[i] = bigUserID((n*50 + i) % bigUsers)
		}
		text, err := json.Marshal(users)
		if err != nil {
			return "", err
		}
		for _, row := range []struct {
			statement string
			values    []any
		}{
			{`INSERT INTO events (id, type, name, source, source_id, time, received_at, users, data, digest, posted_by)
				VALUES ($1, 'external', 'bench.leaked', '/bench', $1, $3, $3, $2, '{}', '', '')`, []any{of, string(text), at}},
			{`INSERT INTO runs (id, automation_id, event_id, acts_for, asked_by, state, reason, detail, due_at, enqueued_at,
				created_at, started_at, finished_at, updated_at)
				VALUES ($1, $2, $3, '', '', $4, '', '', $5, $5, $5, $5, $5, $5)`, []any{id, bigAutomationID(n % bigAutomations), of, state, at}},
			{bigDelivery, []any{next, count, id, at, now.UnixMicro()}},
		} {
			if _, err := tx.ExecContext(ctx, row.statement, row.values...); err != nil {
				return "", err
			}
		}
		next += count
	}
	for _, kept := range bigCounts(b.db.object) {
		if _, err := tx.ExecContext(ctx, kept); err != nil {
			return "", err
		}
	}
	return largest, nil
}

// bigCounts are what the program keeps of the deliveries as it moves them. object
// makes one object of JSON of many rows' keys and values.
func bigCounts(object string) []string {
	return []string{
		`UPDATE runs SET tallies = COALESCE((SELECT ` + object + ` FROM (
			SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id GROUP BY state, reason) t), '{}')`,
		`INSERT INTO figures (hour, automation_id, sent, failed, skipped)
			SELECT at / 3600000000, automation_id, COUNT(*) FILTER (WHERE sent), COUNT(*) FILTER (WHERE state = 'failed'), COUNT(*) FILTER (WHERE state = 'skipped') FROM (
				SELECT r.automation_id, CASE WHEN d.accepted_at > 0 THEN d.accepted_at ELSE d.updated_at END AS at, d.accepted_at > 0 AS sent, d.state
				FROM deliveries d JOIN runs r ON r.id = d.run_id) t GROUP BY 1, 2`,
		`INSERT INTO figures_took (hour, step, n)
			WITH RECURSIVE s(step) AS (SELECT 20 UNION ALL SELECT step + 1 FROM s WHERE step < 39)
			SELECT hour, step, 10 FROM (SELECT DISTINCT hour FROM figures) h, s`,
	}
}

// bigDelivery writes deliveries with the numbers from $1, $2 of them, of the run
// $3 at $4. What may be live or unfinished now, at $5, is so in young runs only.
// Their ids are in the order of their making, as those of the program are.
var bigDelivery = strings.NewReplacer(
	"{place}", digits("i * 7919 % 100000", 6), "{department}", digits("i % 37", 2), "{user}", digits("i % 100000", 12), "{i}", digits("i", 12),
).Replace(`WITH RECURSIVE given(first, amount, at, now) AS (SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT)),
	n(i) AS (SELECT first FROM given WHERE amount > 0 UNION ALL SELECT i + 1 FROM n, given WHERE i + 1 < first + amount),
	dice AS (SELECT i, i - first AS nth, amount, i * 7919 % 1000 AS d, at + i - first AS at, at + 259200000000 > now AS young FROM n, given),
	become AS (SELECT i, nth, d, at, CASE WHEN d < 640 THEN 'done' WHEN d < 840 THEN CASE WHEN young THEN 'sent' ELSE 'done' END WHEN d < 900 THEN 'expired'
		WHEN d < 960 THEN 'skipped' WHEN d < 980 THEN 'superseded' WHEN d < 990 THEN 'failed' WHEN d < 996 THEN 'cancelled'
		WHEN young AND nth < 100000 AND amount > 100000 THEN 'deferred' ELSE 'done' END AS state,
		'person.' || {place} || '@dept' || {department} || '.example.org' AS address FROM dice)
	INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, state, reason, old_password, asked_by, address, verifier,
		password_version, issued_at, valid_until, attempts, reply_code, reply_text, accepted_at, ended_at, created_at, updated_at)
	SELECT '01' || substr(CAST(at AS TEXT), 1, 6) || '-' || substr(CAST(at AS TEXT), 7, 4) || '-7' || substr(CAST(at AS TEXT), 11, 3) || '-8000-' || {i},
		$3, '01980000-0000-7000-8000-' || {user}, address, 1,
		CASE state WHEN 'skipped' THEN 0 ELSE 1 + nth / 200 END, state,
		CASE state WHEN 'skipped' THEN 'api_user' WHEN 'failed' THEN 'refused' WHEN 'deferred' THEN 'deferred' WHEN 'superseded' THEN 'replaced_by_later'
			WHEN 'cancelled' THEN 'blocked' ELSE '' END,
		'replace', '', address,
		CASE WHEN state IN ('sent', 'deferred') THEN 'hmac-sha256$key1$0000000000000000000000000000000' || {i} ELSE '' END, 1, at, at + 259200000000, 0,
		CASE state WHEN 'skipped' THEN 0 ELSE 250 END, CASE state WHEN 'skipped' THEN '' ELSE '2.0.0 Ok: queued as 4F2C1A' END,
		CASE WHEN state IN ('sent', 'done', 'expired', 'superseded') THEN at + 1000000 + d * 10000 ELSE 0 END, 0, at, at + 2000000
	FROM become`)
