package store

import (
	"context"
	"database/sql"
	"errors"

	"rekey"
)

const sourceColumns = `e.source, e.names, e.people, e.trusted`

// sources lists the event sources of a system user.
func (s Queries) sources(ctx context.Context, userID string) ([]rekey.EventSource, error) {
	return s.sourcesWhere(ctx, `e.user_id = $1`, userID)
}

// OutsidersSources lists the sources in whose events outsiders have a say.
func (s Queries) OutsidersSources(ctx context.Context) ([]rekey.EventSource, error) {
	return s.sourcesWhere(ctx, `e.people <> '' AND NOT e.trusted`)
}

// EventSource returns the record of a source; the zero value if there is none.
func (s Queries) EventSource(ctx context.Context, source string) (rekey.EventSource, error) {
	list, err := s.sourcesWhere(ctx, `e.source = $1`, source)
	if err != nil || len(list) == 0 {
		return rekey.EventSource{}, err
	}
	return list[0], nil
}

func (s Queries) sourcesWhere(ctx context.Context, where string, args ...any) (list []rekey.EventSource, err error) {
	err = s.each(ctx, `SELECT `+sourceColumns+` FROM event_sources e WHERE `+where+` ORDER BY e.source`, args, func(r rows) error {
		var source rekey.EventSource
		err := r.Scan(&source.Source, jsonText{&source.Names}, &source.People, &source.Trusted)
		list = append(list, source)
		return err
	})
	return list, err
}

// SourceOwner returns the id of the system user a source belongs to, or "".
func (s Queries) SourceOwner(ctx context.Context, source string) (id string, err error) {
	err = s.one(ctx, `SELECT user_id FROM event_sources WHERE source = $1`, []any{source}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

func (tx *Tx) putSources(ctx context.Context, u rekey.SystemUser) error {
	if err := tx.write(ctx, `DELETE FROM event_sources WHERE user_id = $1`, u.ID); err != nil {
		return err
	}
	return tx.insertSources(ctx, u)
}

func (tx *Tx) insertSources(ctx context.Context, u rekey.SystemUser) error {
	for _, source := range u.Sources {
		names, err := asJSON(source.Names)
		if err != nil {
			return err
		}
		if err := tx.write(ctx, `INSERT INTO event_sources (source, user_id, names, people, trusted) VALUES ($1,$2,$3,$4,$5)`,
			source.Source, u.ID, names, source.People, source.Trusted); err != nil {
			return err
		}
	}
	return nil
}
