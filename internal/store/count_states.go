package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"rekey"
)

// A run may have half a million deliveries, so the counts per state are stored with
// the run, and the outcomes by hour. Code that moves deliveries calls counted or
// moved. The counts are written once, at the end of each caller's part of the
// transaction.

// outcome is the state and reason under which a delivery is counted.
type outcome struct {
	state  rekey.DeliveryState
	reason rekey.Reason
}

// counts are the movements of a caller, by run id.
type counts map[string]*movement

type movement struct {
	tallies map[outcome]int64
	in      map[outcome]int64 // those of tallies whose users are in
	hours   map[int64]rekey.Figures
	sent    []acceptance
}

// acceptance is that of a delivery, for the time it took.
type acceptance struct {
	at, issued time.Time
	retried    bool // by hand
}

func (tx *Tx) movement(runID string) *movement {
	if tx.moves == nil {
		tx.moves = counts{}
	}
	m := tx.moves[runID]
	if m == nil {
		m = &movement{tallies: map[outcome]int64{}, in: map[outcome]int64{}, hours: map[int64]rekey.Figures{}}
		tx.moves[runID] = m
	}
	return m
}

// counted notes new deliveries.
func (tx *Tx) counted(runID string, as outcome, n int64, at time.Time) {
	m := tx.movement(runID)
	m.tallies[as] += n
	m.figure(as.state, n, at)
}

// moved notes deliveries that went from one outcome to another.
func (tx *Tx) moved(runID string, from, to outcome, n int64, at time.Time) {
	tx.due = nil
	m := tx.movement(runID)
	m.tallies[from] -= n
	m.tallies[to] += n
	if from.state != to.state {
		m.figure(to.state, n, at)
	}
}

// cameIn notes that the users of deliveries with an outcome are in.
func (tx *Tx) cameIn(runID string, as outcome, n int64) { tx.movement(runID).in[as] += n }

// figure adds n deliveries, which may be negative, to the figures of the hour.
func (m *movement) figure(state rekey.DeliveryState, n int64, at time.Time) {
	var f rekey.Figures
	switch state {
	case rekey.DeliverySent:
		f.Sent = n
	case rekey.DeliveryFailed:
		f.Failed = n
	case rekey.DeliverySkipped:
		f.Skipped = n
	default:
		return
	}
	sum := m.hours[hourOf(at)]
	sum.Add(f)
	m.hours[hourOf(at)] = sum
}

// accepted notes how long a delivery took until the mail server accepted it.
func (tx *Tx) accepted(d rekey.Delivery) {
	m := tx.movement(d.RunID)
	m.sent = append(m.sent, acceptance{d.AcceptedAt, d.IssuedAt, d.Number > 1})
}

// hourOf is the number of the hour since 1970.
func hourOf(t time.Time) int64 { return t.Unix() / int64(time.Hour/time.Second) }

func beginOf(hour int64) time.Time { return time.Unix(hour*int64(time.Hour/time.Second), 0).UTC() }

// place is one delivery and the outcome under which it is counted.
type place struct {
	id, runID, userID string
	batch             int
	updatedAt         time.Time
	outcome
}

// places reads the deliveries that a statement is about to move, with their
// outcomes.
func (tx *Tx) places(ctx context.Context, where string, args ...any) ([]place, error) {
	var list []place
	err := tx.each(ctx, `SELECT d.id, d.run_id, d.user_id, d.batch, d.updated_at, d.state, d.reason FROM deliveries d WHERE `+where+tx.q.locking("FOR UPDATE OF d"), args, func(r rows) error {
		var p place
		err := r.Scan(&p.id, &p.runID, &p.userID, &p.batch, moment{&p.updatedAt}, &p.state, &p.reason)
		list = append(list, p)
		return err
	})
	return list, err
}

// writeCounts closes the batches that deliveries have left, and writes the
// movements: first the runs, in the order of their ids, then the hours. The fixed
// order keeps parallel transactions from a deadlock.
func (tx *Tx) writeCounts(ctx context.Context) error {
	if err := tx.closeLeft(ctx); err != nil {
		return err
	}
	by := sums{figures: map[automationHour]rekey.Figures{}, took: map[hourStep]int64{}}
	for _, runID := range slices.Sorted(maps.Keys(tx.moves)) {
		if err := tx.writeMovement(ctx, runID, tx.moves[runID], by); err != nil {
			return err
		}
	}
	tx.moves = nil
	return tx.writeSums(ctx, by)
}

// sums add up the outcomes of several runs.
type sums struct {
	figures map[automationHour]rekey.Figures
	took    map[hourStep]int64
}

type automationHour struct {
	hour         int64
	automationID string
}

// hourStep names a row of the durations until acceptance.
type hourStep struct {
	hour int64
	step int
}

// writeMovement writes the movements of a run, and adds them to by.
func (tx *Tx) writeMovement(ctx context.Context, runID string, m *movement, by sums) error {
	for _, counts := range []map[outcome]int64{m.tallies, m.in} {
		maps.DeleteFunc(counts, func(_ outcome, n int64) bool { return n == 0 })
	}
	if len(m.tallies) == 0 && len(m.in) == 0 && len(m.sent) == 0 {
		return nil // moved and moved back
	}
	var automationID string
	var began time.Time // the time of the event, or the end of the delay
	var approvedBy string
	var trial bool
	all, in := tallies{}, tallies{}
	err := tx.one(ctx, `SELECT automation_id, CASE WHEN created_at > due_at THEN created_at ELSE due_at END, approved_by, trial, tallies, tallies_in FROM runs WHERE id = $1`+tx.q.locking("FOR UPDATE"),
		[]any{runID}, &automationID, moment{&began}, &approvedBy, &trial, jsonText{&all}, jsonText{&in})
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the run was pruned
	}
	if err != nil {
		return err
	}
	all.add(m.tallies)
	in.add(m.in)
	text, err := asJSON(all)
	if err != nil {
		return err
	}
	textIn, err := asJSON(in)
	if err != nil {
		return err
	}
	if err := tx.write(ctx, `UPDATE runs SET tallies = $2, tallies_in = $3 WHERE id = $1`, runID, text, textIn); err != nil {
		return err
	}
	for hour, f := range m.hours {
		if trial { // what it sent before it became one counts
			if f.Skipped = 0; f.Sent == 0 && f.Failed == 0 {
				continue
			}
		}
		sum := by.figures[automationHour{hour, automationID}]
		sum.Add(f)
		by.figures[automationHour{hour, automationID}] = sum
	}
	for _, a := range m.sent {
		from := began
		if approvedBy != "" || a.retried { // the wait for a person is not the mail's
			from = a.issued
		}
		by.took[hourStep{hourOf(a.at), rekey.DurationStep(a.at.Sub(from))}]++
	}
	return nil
}

// writeSums writes the outcomes by hour, and the durations.
func (tx *Tx) writeSums(ctx context.Context, by sums) error {
	for _, k := range slices.SortedFunc(maps.Keys(by.figures), func(a, b automationHour) int {
		return cmp.Or(cmp.Compare(a.hour, b.hour), strings.Compare(a.automationID, b.automationID))
	}) {
		f := by.figures[k]
		err := tx.write(ctx, `INSERT INTO figures (hour, automation_id, sent, failed, skipped) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (hour, automation_id) DO UPDATE SET sent = figures.sent + excluded.sent,
				failed = figures.failed + excluded.failed, skipped = figures.skipped + excluded.skipped`,
			k.hour, k.automationID, f.Sent, f.Failed, f.Skipped)
		if err != nil {
			return err
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(by.took), func(a, b hourStep) int {
		return cmp.Or(cmp.Compare(a.hour, b.hour), cmp.Compare(a.step, b.step))
	}) {
		err := tx.write(ctx, `INSERT INTO figures_took (hour, step, n) VALUES ($1, $2, $3)
			ON CONFLICT (hour, step) DO UPDATE SET n = figures_took.n + excluded.n`, k.hour, k.step, by.took[k])
		if err != nil {
			return err
		}
	}
	return nil
}

// tallies are a run's counts as stored; a key is the state, a space and the reason.
type tallies map[string]int64

func (t tallies) add(moves map[outcome]int64) {
	for as, n := range moves {
		key := strings.TrimSpace(string(as.state) + " " + string(as.reason))
		if t[key] += n; t[key] == 0 {
			delete(t, key)
		}
	}
}

// list returns the counts by state and reason. in counts those whose users are in.
func (t tallies) list(in tallies) []rekey.Tally {
	var list []rekey.Tally
	for _, key := range slices.Sorted(maps.Keys(t)) {
		state, reason, _ := strings.Cut(key, " ")
		list = append(list, rekey.Tally{State: rekey.DeliveryState(state), Reason: rekey.Reason(reason), Count: t[key], In: in[key]})
	}
	return list
}

// outcomes counts the mails that were accepted, and those that were refused or given up. A
// run in waves stops itself by these. A mail that bounces later is to be counted as refused
// here, too.
func (t tallies) outcomes() (o rekey.Outcomes) {
	for _, of := range t.list(nil) {
		switch of.State {
		case rekey.DeliveryFailed:
			o.Refused += int(of.Count)
			o.Ended += int(of.Count)
		case rekey.DeliverySent, rekey.DeliveryDone, rekey.DeliveryExpired:
			o.Ended += int(of.Count)
		case rekey.DeliverySuperseded:
			if of.Reason != rekey.ReasonReplacedUnsent {
				o.Ended += int(of.Count)
			}
		default:
		}
	}
	return o
}
