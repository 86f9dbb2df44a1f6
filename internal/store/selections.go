package store

import (
	"context"
	"slices"
	"time"

	"rekey"
)

const selectionColumns = `id, name, name_key, description, owner_id, expression, built_in, version, created_at, updated_at, updated_by`

func (s Queries) selections(ctx context.Context, where string, args ...any) ([]rekey.Selection, error) {
	var list []rekey.Selection
	err := s.each(ctx, `SELECT `+selectionColumns+` FROM selections `+where, args, func(r rows) error {
		var sel rekey.Selection
		err := r.Scan(&sel.ID, &sel.Name, &sel.NameKey, &sel.Description, &sel.OwnerID, &sel.Expression, &sel.BuiltIn,
			&sel.Version, moment{&sel.CreatedAt}, moment{&sel.UpdatedAt}, &sel.UpdatedBy)
		list = append(list, sel)
		return err
	})
	return list, err
}

func (s Queries) oneSelection(ctx context.Context, where string, args ...any) (rekey.Selection, error) {
	list, err := s.selections(ctx, where, args...)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "Selection not found.")
	}
	if err != nil {
		return rekey.Selection{}, err
	}
	return list[0], nil
}

// Selection returns a selection by its id.
func (s Queries) Selection(ctx context.Context, id string) (rekey.Selection, error) {
	return s.oneSelection(ctx, `WHERE id = $1`, id)
}

// FindSelections returns those of the selections that exist, by id.
func (s Queries) FindSelections(ctx context.Context, ids []string) (map[string]rekey.Selection, error) {
	found := make(map[string]rekey.Selection, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	list, err := s.selections(ctx, `WHERE `+s.q.in("id", 1), texts(ids))
	for _, sel := range list {
		found[sel.ID] = sel
	}
	return found, err
}

// BuiltInSelection returns a built-in selection by its purpose.
func (s Queries) BuiltInSelection(ctx context.Context, builtIn string) (rekey.Selection, error) {
	return s.oneSelection(ctx, `WHERE built_in = $1`, builtIn)
}

// Selections lists selections in the order of their creation, after the last id of
// the previous page. search is part of a name.
func (s Queries) Selections(ctx context.Context, search, after string, limit int) ([]rekey.Selection, error) {
	w := searchSelections(search)
	w.add(`id > ?`, after)
	clause, args := w.page(`id`, limit)
	return s.selections(ctx, clause, args...)
}

// SelectionsByName lists selections in the order of their names: those after a name
// key, or those just before one.
func (s Queries) SelectionsByName(ctx context.Context, search, after, before string, limit int) ([]rekey.Selection, error) {
	w := searchSelections(search)
	w.given(`name_key > ?`, after)
	order := `name_key`
	if before != "" {
		w.add(`name_key < ?`, before)
		order = `name_key DESC`
	}
	clause, args := w.page(order, limit)
	list, err := s.selections(ctx, clause, args...)
	if before != "" {
		slices.Reverse(list)
	}
	return list, err
}

// CountSelections counts the selections that a search finds, up to limit+1. A
// result of limit+1 means that there are more than limit.
func (s Queries) CountSelections(ctx context.Context, search string, limit int) (int, error) {
	return s.countUpTo(ctx, `selections`, searchSelections(search), limit)
}

func searchSelections(search string) (w where) {
	w.given(`name_key LIKE ? ESCAPE '\'`, contains(search))
	return w
}

func selectionArgs(sel rekey.Selection) []any {
	return []any{sel.ID, sel.Name, sel.NameKey, sel.Description, sel.OwnerID, sel.Expression, sel.BuiltIn,
		sel.Version, micros(sel.CreatedAt), micros(sel.UpdatedAt), sel.UpdatedBy}
}

// InsertSelection stores a new selection.
func (tx *Tx) InsertSelection(ctx context.Context, sel rekey.Selection) error {
	return tx.write(ctx, `INSERT INTO selections (`+selectionColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`, selectionArgs(sel)...)
}

// UpdateSelection writes a selection with its new version if the stored version is
// the given one, and keeps that one. Otherwise the error is rekey.CodeStale.
func (tx *Tx) UpdateSelection(ctx context.Context, sel rekey.Selection, version int64) error {
	before, err := tx.Selection(ctx, sel.ID)
	if err != nil {
		return staleIfGone(err)
	}
	n, err := tx.changes(ctx, `UPDATE selections SET name=$2, name_key=$3, description=$4, owner_id=$5, expression=$6,
		built_in=$7, version=$8, created_at=$9, updated_at=$10, updated_by=$11 WHERE id=$1 AND version=$12`, append(selectionArgs(sel), version)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return rekey.ErrStale
	}
	return tx.keepVersion(ctx, pastSelection(before, sel.UpdatedBy, sel.UpdatedAt), sel.Fields())
}

// DeleteSelection deletes a selection. Its history stays on record.
func (tx *Tx) DeleteSelection(ctx context.Context, id, by string, now time.Time) error {
	sel, err := tx.Selection(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.write(ctx, `DELETE FROM selections WHERE id = $1`, id); err != nil {
		return err
	}
	return tx.keepDeleted(ctx, pastSelection(sel, by, now))
}

func pastSelection(sel rekey.Selection, by string, at time.Time) rekey.PastVersion {
	return rekey.PastVersion{Kind: rekey.KindSelection, ObjectID: sel.ID, Version: sel.Version, Fields: sel.Fields(), At: at, By: by}
}
