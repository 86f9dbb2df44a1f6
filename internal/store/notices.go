package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rekey"
	"rekey/internal/engine"
)

const noticeColumns = `id, kind, user_id, address, made_at, next_at, ended_at, news`

func noticeDest(n *engine.QueuedNotice) []any {
	return []any{&n.ID, &n.Kind, &n.UserID, &n.Address, moment{&n.MadeAt}, moment{&n.NextAt}, moment{&n.EndedAt}, jsonText{&n.News}}
}

// toRemind is the condition for deliveries with a reminder to come. It repeats the index
// deliveries_remind word for word: otherwise SQLite does not use that index.
const toRemind = `remind_at > 0 AND state = 'sent' AND opened_at = 0`

// LastNotice returns the notice of a kind that was made last for a user; the zero value
// if there is none.
func (s Queries) LastNotice(ctx context.Context, userID string, kind engine.NoticeKind) (n engine.QueuedNotice, err error) {
	err = s.one(ctx, `SELECT `+noticeColumns+` FROM notices WHERE user_id = $1 AND kind = $2 ORDER BY made_at DESC, id DESC LIMIT 1`,
		[]any{userID, string(kind)}, noticeDest(&n)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return n, err
}

// PutNotice stores a notice, in place of an earlier one with its id. It stores on the
// delivery when a reminder was begun.
func (tx *Tx) PutNotice(ctx context.Context, n engine.QueuedNotice) error {
	if !n.Delivery.RemindedAt.IsZero() {
		if err := tx.write(ctx, `UPDATE deliveries SET reminded_at = $2 WHERE id = $1`, n.Delivery.ID, micros(n.Delivery.RemindedAt)); err != nil {
			return err
		}
	}
	news, err := asJSON(n.News)
	if err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO notices (`+noticeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET address = excluded.address, made_at = excluded.made_at, next_at = excluded.next_at,
			ended_at = excluded.ended_at, news = excluded.news`,
		n.ID, string(n.Kind), n.UserID, n.Address, micros(n.MadeAt), micros(n.NextAt), micros(n.EndedAt), news)
}

// Notice returns a notice; the zero value if there is none. Until the transaction ends, no
// other one changes it, or makes one with this id.
func (tx *Tx) Notice(ctx context.Context, id string) (n engine.QueuedNotice, err error) {
	if err := tx.q.lockName(ctx, "notice "+id); err != nil {
		return n, err
	}
	err = tx.one(ctx, `SELECT `+noticeColumns+` FROM notices WHERE id = $1`+tx.q.locking("FOR UPDATE"), []any{id}, noticeDest(&n)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return n, err
}

// ClaimNotice returns a notice that is due, with the delivery that it is about, and puts it
// off until a moment. It returns the zero value if there is nothing to do, or if another node does it.
func (tx *Tx) ClaimNotice(ctx context.Context, id string, now, until time.Time) (n engine.QueuedNotice, err error) {
	err = tx.each(ctx, `UPDATE notices SET next_at = $3 WHERE id = $1 AND ended_at = 0 AND next_at <= $2 AND `+notPaused+` RETURNING `+noticeColumns,
		[]any{id, micros(now), micros(until)}, func(r rows) error { return r.Scan(noticeDest(&n)...) })
	if err == nil && n.Kind == engine.NoticeRemind {
		if n.Delivery, err = tx.Delivery(ctx, n.ID); rekey.CodeOf(err) == rekey.CodeNotFound {
			err = nil // there is nothing to remind of
		}
	}
	return n, err
}

// DueReminders puts the notices of reminders that are due in the outbox, and returns their
// tasks. Who has used the password or chosen one meanwhile is not reminded. While sending is
// paused there are none.
func (tx *Tx) DueReminders(ctx context.Context, now time.Time, limit int) (jobs []engine.Task, err error) {
	var due []engine.QueuedNotice
	err = tx.each(ctx, `UPDATE deliveries SET remind_at = 0 WHERE id IN (SELECT id FROM deliveries
		WHERE `+toRemind+` AND remind_at <= $1 AND `+notPaused+` ORDER BY remind_at LIMIT $2`+tx.q.locking("FOR UPDATE SKIP LOCKED")+`)
		RETURNING id, user_id, address`,
		[]any{micros(now), limit}, func(r rows) error {
			n := engine.QueuedNotice{Kind: engine.NoticeRemind, MadeAt: now, NextAt: now}
			err := r.Scan(&n.ID, &n.UserID, &n.Address)
			due = append(due, n)
			return err
		})
	for _, n := range due {
		if err == nil {
			err = tx.PutNotice(ctx, n)
			jobs = append(jobs, engine.Task{Kind: engine.TaskNotice, NoticeID: n.ID})
		}
	}
	return jobs, err
}

// LostNotices returns, and puts off until now, notices that fell due before a moment.
// While sending is paused there are none.
func (tx *Tx) LostNotices(ctx context.Context, before, now time.Time, limit int) ([]engine.Task, error) {
	var jobs []engine.Task
	err := tx.each(ctx, `UPDATE notices SET next_at = $2 WHERE id IN (SELECT id FROM notices
		WHERE ended_at = 0 AND next_at <= $1 AND `+notPaused+` ORDER BY next_at LIMIT $3`+tx.q.locking("FOR UPDATE SKIP LOCKED")+`) RETURNING id`,
		[]any{micros(before), micros(now), limit}, func(r rows) error {
			job := engine.Task{Kind: engine.TaskNotice}
			err := r.Scan(&job.NoticeID)
			jobs = append(jobs, job)
			return err
		})
	return jobs, err
}
