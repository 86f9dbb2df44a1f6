package store

import (
	"errors"
	"testing"
	"time"

	"rekey"
)

func TestCallersOfOneCommitSeeAutomationsAsTheyAreThen(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	a := rekey.Automation{ID: "a", Name: "A", NameKey: "a", EventType: rekey.External, Status: rekey.AutomationActive, Version: 1}
	var seen []int
	look := func(tx *Tx) error {
		list, err := tx.ActiveAutomations(f.ctx, rekey.External)
		seen = append(seen, len(list))
		return err
	}
	failed := errors.New("failed")
	var group []*write
	for _, fn := range []func(*Tx) error{
		look,
		func(tx *Tx) error { return errors.Join(tx.InsertAutomation(f.ctx, a), look(tx), failed) }, // is undone
		look,
		func(tx *Tx) error { return tx.InsertAutomation(f.ctx, a) },
		look,
		func(tx *Tx) error {
			inactive := a
			inactive.Status, inactive.Version = rekey.AutomationInactive, 2
			return tx.UpdateAutomation(f.ctx, inactive, 1, "")
		},
		look,
		func(tx *Tx) error {
			active := a
			active.Version = 3
			return tx.UpdateAutomation(f.ctx, active, 2, "")
		},
		look,
		func(tx *Tx) error { return tx.DeleteAutomation(f.ctx, a.ID, "", time.Time{}) },
		look,
	} {
		group = append(group, &write{ctx: f.ctx, fn: fn, done: make(chan struct{})})
	}
	f.commit(group)
	for i, w := range group {
		if w.err != nil && !errors.Is(w.err, failed) {
			t.Errorf("caller %d: %v", i, w.err)
		}
	}
	same(t, seen, []int{0, 1, 0, 1, 0, 1, 0})
}
