package store

import (
	"context"
	"encoding/json"
	"time"

	"rekey"
)

const automationColumns = `id, name, name_key, description, owner_id, event_type, event_filter, job_type, job_params,
	selection_id, delay_unit, delay_value, time_zone, status, built_in, version, created_at, updated_at,
	frame_start, frame_end, execution_days, updated_by, execution_hours`

// readColumns are those that an automation is written without, too.
const readColumns = automationColumns + `, next_at, ` + ownerBlocked

// ownerBlocked is read with an automation.
const ownerBlocked = `EXISTS (SELECT 1 FROM system_users o WHERE o.id = automations.owner_id AND o.status = 'blocked')`

func scanAutomation(r rows) (rekey.Automation, error) {
	var a rekey.Automation
	var params string
	err := r.Scan(&a.ID, &a.Name, &a.NameKey, &a.Description, &a.OwnerID, &a.EventType, jsonText{&a.EventFilter},
		&a.JobType, &params, &a.SelectionID, &a.Delay.Unit, &a.Delay.Value, &a.TimeZone, &a.Status, &a.BuiltIn,
		&a.Version, moment{&a.CreatedAt}, moment{&a.UpdatedAt},
		moment{&a.TimeFrame.Start}, moment{&a.TimeFrame.End}, jsonText{&a.TimeFrame.Days}, &a.UpdatedBy, jsonText{&a.TimeFrame.Hours},
		moment{&a.NextAt}, &a.OwnerBlocked)
	a.JobParams = json.RawMessage(params)
	return a, err
}

func (s Queries) automations(ctx context.Context, where string, args ...any) ([]rekey.Automation, error) {
	var list []rekey.Automation
	err := s.each(ctx, `SELECT `+readColumns+` FROM automations `+where, args, func(r rows) error {
		a, err := scanAutomation(r)
		list = append(list, a)
		return err
	})
	return list, err
}

// Automation returns an automation by its id.
func (s Queries) Automation(ctx context.Context, id string) (rekey.Automation, error) {
	return s.oneAutomation(ctx, `WHERE id = $1`, id)
}

// AutomationByName returns an automation by its name, without regard to case.
func (s Queries) AutomationByName(ctx context.Context, name string) (rekey.Automation, error) {
	return s.oneAutomation(ctx, `WHERE name_key = $1`, rekey.NameKey(name))
}

func (s Queries) oneAutomation(ctx context.Context, where string, args ...any) (rekey.Automation, error) {
	list, err := s.automations(ctx, where, args...)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "Automation not found.")
	}
	if err != nil {
		return rekey.Automation{}, err
	}
	return list[0], nil
}

// ActiveAutomations lists the automations whose runs an event of a type may start: the active
// ones, and those in trial.
func (s Queries) ActiveAutomations(ctx context.Context, eventType string) ([]rekey.Automation, error) {
	return s.automations(ctx, `WHERE event_type = $1 AND status IN ('active', 'trial') ORDER BY id`, eventType)
}

// Chains returns the automations, of any status, that start when another one has
// finished, and those for which they wait.
func (s Queries) Chains(ctx context.Context) (rekey.Chains, error) {
	waiting, err := s.automations(ctx, `WHERE event_type = $1`, rekey.AutomationFinished)
	if err != nil {
		return nil, err
	}
	chains := make(rekey.Chains, len(waiting))
	for _, a := range waiting {
		chains[a.ID] = a
	}
	var first []string
	for _, a := range waiting {
		if _, known := chains[a.EventFilter.Automation]; !known {
			first = append(first, a.EventFilter.Automation)
		}
	}
	if len(first) == 0 {
		return chains, nil
	}
	begin, err := s.automations(ctx, `WHERE `+s.q.in("id", 1), texts(first))
	for _, a := range begin {
		chains[a.ID] = a
	}
	return chains, err
}

// activeAutomations caches the active automations by event type for the callers
// that share a transaction, because every event needs them.
type activeAutomations map[string][]rekey.Automation

// ActiveAutomations lists the automations whose runs an event of a type may start, as the
// transaction sees them. The caller must not change the list.
func (tx *Tx) ActiveAutomations(ctx context.Context, eventType string) ([]rekey.Automation, error) {
	if list, ok := tx.active[eventType]; ok {
		return list, nil
	}
	list, err := tx.Queries.ActiveAutomations(ctx, eventType)
	if err == nil && tx.active != nil {
		tx.active[eventType] = list
	}
	return list, err
}

// Automations lists automations in the order of their creation.
func (s Queries) Automations(ctx context.Context, q rekey.AutomationQuery) ([]rekey.Automation, error) {
	var w where
	w.add(`id > ?`, q.After)
	w.given(`name_key LIKE ? ESCAPE '\'`, contains(q.Search))
	w.shownAs(q.Status, micros(q.Now))
	w.given(`event_type = ?`, q.EventType)
	w.given(`owner_id = ?`, q.OwnerID)
	w.given(`selection_id = ?`, q.Selection)
	clause, args := w.page(`id`, q.Limit)
	return s.automations(ctx, clause, args...)
}

// shownAs adds the condition that rekey.Automation.StatusAt returns status.
func (w *where) shownAs(status rekey.AutomationStatus, now int64) {
	const active, ahead, over = `status = 'active' AND `, `frame_start > ?`,
		`(frame_end <> 0 AND frame_end < ? OR event_type = '` + rekey.ScheduleReached + `' AND next_at = 0)`
	switch status {
	case rekey.AutomationActive:
		w.add(active+`NOT `+ahead+` AND NOT `+over+` AND NOT `+ownerBlocked, now)
	case rekey.AutomationStopped:
		w.add(active+`NOT `+over+` AND `+ownerBlocked, now)
	case rekey.AutomationScheduled:
		w.add(active+ahead+` AND NOT `+ownerBlocked, now)
	case rekey.AutomationDone:
		w.add(active+over, now)
	default:
		w.given(`status = ?`, string(status))
	}
}

func automationArgs(a rekey.Automation) ([]any, error) {
	filter, err := asJSON(a.EventFilter)
	if err != nil {
		return nil, err
	}
	days, err := asJSON(a.TimeFrame.Days)
	if err != nil {
		return nil, err
	}
	hours, err := asJSON(a.TimeFrame.Hours)
	return []any{a.ID, a.Name, a.NameKey, a.Description, a.OwnerID, a.EventType, filter, a.JobType, string(a.JobParams),
		a.SelectionID, string(a.Delay.Unit), a.Delay.Value, a.TimeZone, string(a.Status), a.BuiltIn,
		a.Version, micros(a.CreatedAt), micros(a.UpdatedAt), micros(a.TimeFrame.Start), micros(a.TimeFrame.End), days,
		a.UpdatedBy, hours}, err
}

// InsertAutomation stores a new automation.
func (tx *Tx) InsertAutomation(ctx context.Context, a rekey.Automation) error {
	clear(tx.active)
	args, err := automationArgs(a)
	if err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO automations (`+automationColumns+`)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)`, args...)
}

// UpdateAutomation writes an automation with its new version if the stored version
// is the given one, and keeps that one. Otherwise the error is rekey.CodeStale. by is the
// id of whoever changes it.
func (tx *Tx) UpdateAutomation(ctx context.Context, a rekey.Automation, version int64, by string) error {
	clear(tx.active)
	before, err := tx.Automation(ctx, a.ID)
	if err != nil {
		return staleIfGone(err)
	}
	args, err := automationArgs(a)
	if err != nil {
		return err
	}
	n, err := tx.changes(ctx, `UPDATE automations SET name=$2, name_key=$3, description=$4, owner_id=$5, event_type=$6,
		event_filter=$7, job_type=$8, job_params=$9, selection_id=$10, delay_unit=$11, delay_value=$12, time_zone=$13,
		status=$14, built_in=$15, version=$16, created_at=$17, updated_at=$18,
		frame_start=$19, frame_end=$20, execution_days=$21, updated_by=$22, execution_hours=$23
		WHERE id=$1 AND version=$24`, append(args, version)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return rekey.ErrStale
	}
	return tx.keepVersion(ctx, pastAutomation(before, by, a.UpdatedAt), a.Fields())
}

// DeleteAutomation deletes an automation. Its runs and its history stay on record.
func (tx *Tx) DeleteAutomation(ctx context.Context, id, by string, now time.Time) error {
	clear(tx.active)
	a, err := tx.Automation(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.write(ctx, `DELETE FROM automations WHERE id = $1`, id); err != nil {
		return err
	}
	return tx.keepDeleted(ctx, pastAutomation(a, by, now))
}

func pastAutomation(a rekey.Automation, by string, at time.Time) rekey.PastVersion {
	return rekey.PastVersion{Kind: rekey.KindAutomation, ObjectID: a.ID, Version: a.Version, Fields: a.Fields(), At: at, By: by}
}

// DueSchedules implements engine.Tx.
func (tx *Tx) DueSchedules(ctx context.Context, now time.Time, limit int) ([]rekey.Automation, error) {
	return tx.automations(ctx, `WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at LIMIT $2`, micros(now), limit)
}

// MoveSchedule implements engine.Tx.
func (tx *Tx) MoveSchedule(ctx context.Context, a rekey.Automation, to time.Time) (bool, error) {
	clear(tx.active)
	n, err := tx.changes(ctx, `UPDATE automations SET next_at = $4 WHERE id = $1 AND next_at = $2 AND version = $3`,
		a.ID, micros(a.NextAt), a.Version, micros(to))
	return n > 0, err
}

// PutNextMoment sets the next moment of an automation's schedule; zero means none.
func (tx *Tx) PutNextMoment(ctx context.Context, automationID string, next time.Time) error {
	clear(tx.active)
	return tx.write(ctx, `UPDATE automations SET next_at = $2 WHERE id = $1`, automationID, micros(next))
}

// RunsDue implements engine.Tx.
func (tx *Tx) RunsDue(ctx context.Context, automationID string, now time.Time) (due bool, err error) {
	err = tx.one(ctx, `SELECT EXISTS (SELECT 1 FROM runs WHERE automation_id = $1 AND state = 'waiting' AND due_at <= $2
		AND trial = EXISTS (SELECT 1 FROM automations WHERE id = $1 AND status = 'trial'))`, []any{automationID, micros(now)}, &due)
	return due, err
}

// renewSchedules lets all schedules go on with their first moments after now.
func (tx *Tx) renewSchedules(ctx context.Context, now time.Time) error {
	list, err := tx.automations(ctx, `WHERE next_at > 0`)
	if err != nil {
		return err
	}
	for _, a := range list {
		if err := tx.PutNextMoment(ctx, a.ID, a.NextMoment(now)); err != nil {
			return err
		}
	}
	return nil
}
