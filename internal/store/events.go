package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"rekey"
)

const eventColumns = `id, type, name, source, source_id, time, received_at, users, data, digest, posted_by, outsiders, automation_id, chain, again_of`

func scanEvent(r rows) (rekey.Event, error) {
	var e rekey.Event
	var data string
	err := r.Scan(&e.ID, &e.Type, &e.Name, &e.Source, &e.SourceID, moment{&e.Time}, moment{&e.Received},
		jsonText{&e.Users}, &data, &e.Digest, &e.PostedBy, &e.Outsiders, &e.Automation, jsonText{&e.Chain}, &e.AgainOf)
	if data != "" {
		e.Data = json.RawMessage(data)
	}
	return e, err
}

func (s Queries) eventWhere(ctx context.Context, where string, args ...any) (rekey.Event, error) {
	var found rekey.Event
	var there bool
	err := s.each(ctx, `SELECT `+eventColumns+` FROM events `+where, args, func(r rows) (err error) {
		there = true
		found, err = scanEvent(r)
		return err
	})
	if err == nil && !there {
		err = rekey.NewError(rekey.CodeNotFound, "Event not found.")
	}
	return found, err
}

// Event returns an event by its id.
func (s Queries) Event(ctx context.Context, id string) (rekey.Event, error) {
	return s.eventWhere(ctx, `WHERE id = $1`, id)
}

// EventFrom returns an event by the source and the id that the source gave it.
func (s Queries) EventFrom(ctx context.Context, source, sourceID string) (rekey.Event, error) {
	return s.eventWhere(ctx, `WHERE source = $1 AND source_id = $2`, source, sourceID)
}

// maxListedUsers limits one read of a list by the size of the events' users, in
// bytes: 4 MiB. One event may have 2.5 MiB.
const maxListedUsers = 4 << 20

// Events lists events without their data, newest first. before is the last id of
// the previous page, after the first id of the next page, or "". An eventType that
// is not "" narrows the list. more means that the list continues. It returns at
// least one event, and fewer than limit if they are large.
func (s Queries) Events(ctx context.Context, eventType, before, after string, limit int) (list []rekey.Event, more bool, err error) {
	var w where
	w.given(`type = ?`, eventType)
	w.given(`id < ?`, before)
	w.given(`id > ?`, after)
	back := after != ""
	ids, more, err := s.eventIDs(ctx, w, back, limit)
	if err != nil || len(ids) == 0 {
		return nil, more, err
	}
	w.from([]string{"id"}, []any{ids[len(ids)-1]}, back)
	clause, args := w.page(inOrder([]string{"id"}, !back), len(ids))
	const columns = `id, type, name, source, source_id, time, received_at, users, '', digest, posted_by, outsiders, automation_id, chain, again_of`
	err = s.each(ctx, `SELECT `+columns+` FROM events `+clause, args, func(r rows) error {
		e, err := scanEvent(r)
		list = append(list, e)
		return err
	})
	if back {
		slices.Reverse(list)
	}
	return list, more, err
}

// eventIDs returns the ids of the events that are read at once.
func (s Queries) eventIDs(ctx context.Context, w where, back bool, limit int) (ids []string, more bool, err error) {
	clause, args := w.page(inOrder([]string{"id"}, !back), limit+1)
	size := 0
	err = s.each(ctx, `SELECT id, octet_length(users) FROM events `+clause, args, func(r rows) error {
		var id string
		var bytes int
		if err := r.Scan(&id, &bytes); err != nil {
			return err
		}
		size += bytes
		if more = more || len(ids) == limit || len(ids) > 0 && size > maxListedUsers; !more {
			ids = append(ids, id)
		}
		return nil
	})
	return ids, more, err
}

// PastEvents lists events of a type, the latest first, with what decides about a run and
// its people: no data, digest or poster. before is the last id of the previous page, or "".
// more means that the list may continue. It returns at least one event if there is one,
// and fewer than limit if they name many people.
//
// A backtest reads 100,000 of them, so it is one query, and each column costs.
func (s Queries) PastEvents(ctx context.Context, eventType, before string, limit int) (list []rekey.Event, more bool, err error) {
	var w where
	w.add(`type = ?`, eventType)
	w.given(`id < ?`, before)
	clause, args := w.page(inOrder([]string{"id"}, true), limit)
	size := 0
	err = s.each(ctx, `SELECT id, name, source, time, received_at, users, outsiders, automation_id, chain, again_of FROM events `+clause, args, func(r rows) error {
		e := rekey.Event{Type: eventType}
		var users, chain sql.RawBytes
		err := r.Scan(&e.ID, &e.Name, &e.Source, moment{&e.Time}, moment{&e.Received}, &users, &e.Outsiders, &e.Automation, &chain, &e.AgainOf)
		if err != nil {
			return err
		}
		if size += len(users); size > maxPastUsers && len(list) > 0 {
			return errEnough
		}
		if err = json.Unmarshal(users, &e.Users); err == nil && string(chain) != "{}" {
			err = json.Unmarshal(chain, &e.Chain)
		}
		list = append(list, e)
		return err
	})
	if errors.Is(err, errEnough) {
		return list, true, nil
	}
	return list, len(list) == limit, err
}

// errEnough ends the reading of rows.
var errEnough = errors.New("enough was read")

// maxPastUsers limits one read of past events by the size of their users, in bytes: 1 MiB,
// about 25,000 ids.
const maxPastUsers = 1 << 20

// FirstEvent returns when the oldest event on record was received; the zero time without
// events.
func (s Queries) FirstEvent(ctx context.Context) (received time.Time, err error) {
	err = s.one(ctx, `SELECT COALESCE((SELECT received_at FROM events ORDER BY id LIMIT 1), 0)`, nil, moment{&received})
	return received, err
}

// CountEvents counts the events on a list, up to limit+1. A result of limit+1 means
// that there are more than limit.
func (s Queries) CountEvents(ctx context.Context, eventType string, limit int) (int, error) {
	var w where
	w.given(`type = ?`, eventType)
	return s.countUpTo(ctx, `events`, w, limit)
}

// InsertEvent stores e. If an event with its source and id came before, it returns
// that event and false. Of a pruned event it returns only the id and the digest.
func (tx *Tx) InsertEvent(ctx context.Context, e rekey.Event) (first rekey.Event, inserted bool, err error) {
	if e.Users == nil {
		e.Users = []string{}
	}
	chain, err := asJSON(e.Chain)
	if err != nil {
		return e, false, err
	}
	n, err := tx.changes(ctx, `INSERT INTO events (`+eventColumns+`) SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15
		WHERE NOT EXISTS (SELECT 1 FROM past_events WHERE source = $4 AND source_id = $5)
		ON CONFLICT (source, source_id) DO NOTHING`,
		e.ID, e.Type, e.Name, e.Source, e.SourceID, micros(e.Time), micros(e.Received), texts(e.Users), string(e.Data), e.Digest, e.PostedBy, e.Outsiders, e.Automation, chain, e.AgainOf)
	if err != nil {
		return e, false, err
	}
	if n == 1 {
		return e, true, nil
	}
	first, err = tx.EventFrom(ctx, e.Source, e.SourceID)
	if rekey.CodeOf(err) == rekey.CodeNotFound { // it was pruned
		first = rekey.Event{Source: e.Source, SourceID: e.SourceID}
		err = tx.one(ctx, `SELECT event_id, digest FROM past_events WHERE source = $1 AND source_id = $2`,
			[]any{e.Source, e.SourceID}, &first.ID, &first.Digest)
	}
	return first, false, err
}
