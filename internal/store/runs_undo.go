package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// unended is the condition for runs that have not ended.
const unended = `state IN ('waiting', 'planning', 'held', 'sending')`

// UndoRun notes that a person undoes a run, and reports whether nobody had done so before.
// A run that has not ended is cancelled. The rest is done part by part: EndPart.
func (tx *Tx) UndoRun(ctx context.Context, id, by string, now time.Time) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET undone_at=$2, undone_by=$3, updated_at=$2, enqueued_at=$2, phase='end', place='',
		reason = CASE WHEN `+unended+` THEN $4 ELSE reason END, finished_at = CASE WHEN `+unended+` THEN $2 ELSE finished_at END,
		state = CASE WHEN `+unended+` THEN 'cancelled' ELSE state END
		WHERE id=$1 AND undone_at=0`, id, micros(now), by, string(rekey.ReasonUndone))
	if err != nil || n == 0 {
		return false, err
	}
	tx.Enqueue(engine.Task{Kind: engine.TaskExecute, RunID: id})
	return true, tx.closeBatches(ctx, id)
}

// toBeUndone is the condition for deliveries with a mailed password about which an undo has
// to decide: rekey.Undoing.Of.
const toBeUndone = `(d.undone = '' AND d.user_id <> '' AND (` + mayBeLive + ` OR ` + hasRevoked + `))`

// ending is a delivery that is to end with its run, or about which its undo has to decide.
type ending struct {
	id, userID string
	undo       bool
}

// EndPart does the next part of the phase end of a run: at most limit deliveries. It cancels
// what has not begun. If the run is undone, it first asks decide about each person who has a
// mailed password of the run, and ends it or notes why it is kept. ended has a delivery for
// each person whose password ended. EndPart stores how far the run has come, and reports
// whether it did: not if another node was first. A pause does not stop it.
func (tx *Tx) EndPart(ctx context.Context, run rekey.Run, now time.Time, limit int, decide func(rekey.Undoing) rekey.Undone) (to rekey.Run, ended []rekey.Delivery, moved bool, err error) {
	where := toBeEnded
	if run.Undone() {
		where = `(` + toBeEnded + ` OR ` + toBeUndone + `)`
	}
	var part []ending
	err = tx.each(ctx, `SELECT d.id, d.user_id, `+toBeUndone+` FROM deliveries d WHERE d.run_id = $1 AND d.id > $2 AND `+where+` ORDER BY d.id LIMIT $3`,
		[]any{run.ID, run.Place, limit}, func(r rows) error {
			var e ending
			err := r.Scan(&e.id, &e.userID, &e.undo)
			part = append(part, e)
			return err
		})
	if err != nil {
		return run, nil, false, err
	}
	to = run
	reason := run.Reason
	if run.Undone() {
		reason = rekey.ReasonUndone
		if ended, err = tx.undo(ctx, &to, part, now, decide); err != nil {
			return run, nil, false, err
		}
	}
	ids := make([]string, len(part))
	for i, e := range part {
		ids[i], to.Place = e.id, e.id
	}
	if err := tx.cancelUnsent(ctx, reason, now, tx.q.in("d.id", 1), texts(ids)); err != nil {
		return run, nil, false, err
	}
	if to.UpdatedAt = now; len(part) < limit {
		to.Phase, to.Place = "", ""
	}
	n, err := tx.changes(ctx, `UPDATE runs SET phase=$4, place=$5, undone_ended=$6, undone_kept=$7, updated_at=$8, enqueued_at=$8
		WHERE id=$1 AND phase='end' AND place=$2 AND undone_at=$3`, run.ID, run.Place, micros(run.UndoneAt),
		string(to.Phase), to.Place, to.UndoneEnded, to.UndoneKept, micros(now))
	return to, ended, n == 1, err
}

// undo ends mailed passwords of a run, or notes why they are kept, and counts the people in
// run. Users are locked before their deliveries, as in Due. So nobody can revoke or replace
// a chosen password between the decision and the commit.
func (tx *Tx) undo(ctx context.Context, run *rekey.Run, part []ending, now time.Time, decide func(rekey.Undoing) rekey.Undone) (ended []rekey.Delivery, err error) {
	users := map[string]bool{}
	for _, e := range part {
		if e.undo {
			users[e.userID] = true
		}
	}
	if len(users) == 0 {
		return nil, nil
	}
	ids := slices.Sorted(maps.Keys(users))
	if err := tx.lockRow(ctx, `system_users WHERE `+tx.q.in("id", 1)+` ORDER BY id`, texts(ids)); err != nil {
		return nil, err
	}
	if _, err := tx.places(ctx, `d.run_id = $1 AND `+tx.q.in("d.user_id", 2)+` AND `+toBeUndone+` ORDER BY d.id`, run.ID, texts(ids)); err != nil { // locks them
		return nil, err
	}
	people, err := tx.undoing(ctx, run.ID, ids)
	if err != nil {
		return nil, err
	}
	decided := map[rekey.Undone][]string{} // delivery ids
	for _, p := range people {
		of := p.Of(now)
		if len(of) == 0 {
			continue
		}
		what := decide(p)
		for _, d := range of {
			decided[what] = append(decided[what], d.ID)
		}
		if what != rekey.UndoneEnded {
			run.UndoneKept++
			continue
		}
		run.UndoneEnded++
		ended = append(ended, of[len(of)-1])
	}
	for _, what := range slices.Sorted(maps.Keys(decided)) {
		if err := tx.write(ctx, `UPDATE deliveries SET undone = $2 WHERE `+tx.q.in("id", 1), texts(decided[what]), string(what)); err != nil {
			return nil, err
		}
	}
	return ended, tx.end(ctx, func(state rekey.DeliveryState) outcome {
		if state == rekey.DeliverySent {
			return outcome{rekey.DeliverySuperseded, rekey.ReasonUndone}
		}
		return outcome{rekey.DeliveryCancelled, rekey.ReasonUndone} // no mail server has accepted it, as far as is known
	}, now, tx.q.in("d.id", 1), texts(decided[rekey.UndoneEnded]))
}

// Undoing returns the people about whose mailed passwords the undo of a run would have to
// decide: those of at most limit deliveries, after the given id. last is the id of the last
// one; "" if there are no more.
func (s Queries) Undoing(ctx context.Context, runID, after string, limit int) (people []rekey.Undoing, last string, err error) {
	users, n := map[string]bool{}, 0
	err = s.each(ctx, `SELECT d.id, d.user_id FROM deliveries d WHERE d.run_id = $1 AND d.id > $2 AND `+toBeUndone+` ORDER BY d.id LIMIT $3`,
		[]any{runID, after, limit}, func(r rows) error {
			var user string
			err := r.Scan(&last, &user)
			users[user] = true
			n++
			return err
		})
	if err != nil {
		return nil, "", err
	}
	if n < limit {
		last = ""
	}
	people, err = s.undoing(ctx, runID, slices.Sorted(maps.Keys(users)))
	return people, last, err
}

// undoing reads users, their credentials, and whether a write to their directory has no
// known outcome.
func (s Queries) undoing(ctx context.Context, runID string, userIDs []string) ([]rekey.Undoing, error) {
	users, err := s.FindUsers(ctx, userIDs)
	if err != nil {
		return nil, err
	}
	credentials := make(map[string]rekey.Credential, len(userIDs))
	err = s.each(ctx, `SELECT id, chosen FROM system_users WHERE `+s.q.in("id", 1), []any{texts(userIDs)}, func(r rows) error {
		var id string
		var c rekey.Credential
		err := r.Scan(&id, &c.Chosen)
		credentials[id] = c
		return err
	})
	if err != nil {
		return nil, err
	}
	mailed, err := s.deliveries(ctx, `WHERE `+s.q.in("d.user_id", 1)+` AND (`+mayBeLive+` OR d.run_id = $2 AND `+hasRevoked+`) ORDER BY d.id`, texts(userIDs), runID)
	if err != nil {
		return nil, err
	}
	for _, d := range mailed {
		c := credentials[d.UserID]
		c.Mailed = append(c.Mailed, d)
		credentials[d.UserID] = c
	}
	unsure := map[string]bool{}
	if err := s.each(ctx, `SELECT user_id FROM directory_writes WHERE `+s.q.in("user_id", 1)+` AND outcome = ''`, []any{texts(userIDs)}, noting(unsure)); err != nil {
		return nil, err
	}
	people := make([]rekey.Undoing, 0, len(userIDs))
	for _, id := range userIDs {
		if u, found := users[id]; found {
			people = append(people, rekey.Undoing{RunID: runID, User: u, Credential: credentials[id], Unsure: unsure[id]})
		}
	}
	return people, nil
}

// Opened notes that a mailed password was used to log in.
func (tx *Tx) Opened(ctx context.Context, deliveryID string, now time.Time) error {
	return tx.write(ctx, `UPDATE deliveries SET opened_at = $2 WHERE id = $1 AND opened_at = 0`, deliveryID, micros(now))
}

// undone is the condition for deliveries with which an undo did something.
func (w *where) undone(u rekey.Undone) {
	switch u {
	case "":
		return
	case rekey.UndoneKept:
		w.literally(`d.undone <> '' AND d.undone <> 'ended'`)
	default:
		w.literally(`d.undone <> ''`) // as the index deliveries_undone says
		w.add(`d.undone = ?`, string(u))
	}
}
