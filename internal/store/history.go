package store

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// PastVersions lists the earlier versions of an automation, a selection or a system user,
// the latest first: those up to a version, if it is not 0.
func (s Queries) PastVersions(ctx context.Context, kind rekey.Kind, id string, upTo int64, limit int) ([]rekey.PastVersion, error) {
	var w where
	w.add(`kind = ?`, string(kind))
	w.add(`object_id = ?`, id)
	if upTo != 0 {
		w.add(`version <= ?`, upTo)
	}
	clause, args := w.page(`version DESC`, limit)
	var list []rekey.PastVersion
	err := s.each(ctx, `SELECT version, fields, replaced_at, replaced_by, deleted FROM history `+clause, args, func(r rows) error {
		v := rekey.PastVersion{Kind: kind, ObjectID: id}
		err := r.Scan(&v.Version, jsonText{&v.Fields}, moment{&v.At}, &v.By, &v.Deleted)
		list = append(list, v)
		return err
	})
	return list, err
}

// staleIfGone is the error of a change to what was deleted meanwhile.
func staleIfGone(err error) error {
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return rekey.ErrStale
	}
	return err
}

// keepVersion stores a version that was replaced, unless nothing differs from next.
func (tx *Tx) keepVersion(ctx context.Context, v rekey.PastVersion, next []rekey.Field) error {
	if slices.Equal(v.Fields, next) {
		return nil
	}
	return tx.insertVersion(ctx, v)
}

// keepDeleted stores the last version of what was deleted.
func (tx *Tx) keepDeleted(ctx context.Context, v rekey.PastVersion) error {
	v.Deleted = true
	return tx.insertVersion(ctx, v)
}

func (tx *Tx) insertVersion(ctx context.Context, v rekey.PastVersion) error {
	fields, err := asJSON(v.Fields)
	if err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO history (kind, object_id, version, fields, replaced_at, replaced_by, deleted) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
		string(v.Kind), v.ObjectID, v.Version, fields, micros(v.At), v.By, v.Deleted)
}

// eraseVersions erases what the earlier versions of a system user held. That they were
// changed, when and by whom, stays.
func (tx *Tx) eraseVersions(ctx context.Context, userID string) error {
	return tx.write(ctx, `UPDATE history SET fields = 'null' WHERE kind = $1 AND object_id = $2`, string(rekey.KindUser), userID)
}

// pruneVersions deletes versions that were replaced before a moment.
func (tx *Tx) pruneVersions(ctx context.Context, before time.Time) error {
	return tx.write(ctx, `DELETE FROM history WHERE replaced_at < $1`, micros(before))
}
