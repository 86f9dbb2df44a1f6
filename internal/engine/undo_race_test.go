package engine_test

import (
	"sync"
	"testing"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
	"rekey/internal/suite"
)

// Two nodes undo a run at the same moment at which its people are sent passwords by other
// runs, choose one, log in, or are blocked. Nobody is left without a way in, and each person
// is decided about once.
func TestUndoAtTheSameMomentAsAnythingElseLeavesNobodyWithoutAWayIn(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		h.on("wrong", rekey.SendParams{OldPassword: rekey.KeepUntilChanged, Ceiling: 10_000})
		h.on("leaked", rekey.SendParams{OldPassword: rekey.RevokeAtOnce, Ceiling: 10_000})
		h.on("rotated", rekey.SendParams{Ceiling: 10_000})
		people := h.people(suite.Times(24, 600))
		wrong := h.happens("wrong", people...)
		h.work()
		same := func(s engine.Store) engine.Store { return s }
		nodes := []*engine.Engine{h.node(h.db, same), h.node(second, same)}
		var others []func() error
		blocked := map[string]bool{}
		for i, u := range people {
			d := h.delivery(wrong, u)
			switch i % 6 {
			case 0, 1:
				run := h.happens([]string{"leaked", "rotated"}[i%6], u)
				others = append(others, func() error {
					if err := nodes[1].Execute(h.ctx, run.ID); err != nil {
						return err
					}
					return nodes[1].Deliver(h.ctx, run.ID, 1)
				})
			case 2:
				others = append(others, func() error {
					return second.Update(h.ctx, func(tx *store.Tx) error { return tx.CompleteChange(h.ctx, u.ID, d.ID, "new", h.now()) })
				})
			case 3:
				others = append(others, func() error {
					return second.Update(h.ctx, func(tx *store.Tx) error { return tx.Opened(h.ctx, d.ID, h.now()) })
				})
			case 4:
				blocked[u.ID] = true
				others = append(others, func() error {
					return second.Update(h.ctx, func(tx *store.Tx) error { return tx.EndMailed(h.ctx, u.ID, rekey.ReasonBlocked, h.now()) })
				})
			}
		}
		h.undoRun(wrong, h.administrator())
		var all sync.WaitGroup
		try := func(do func() error) {
			all.Go(func() {
				if err := do(); err != nil {
					t.Error(err)
				}
			})
		}
		for _, node := range nodes {
			try(func() error { return node.Execute(h.ctx, wrong.ID) })
		}
		room := make(chan struct{}, 8)
		for _, do := range others {
			room <- struct{}{}
			try(func() error {
				defer func() { <-room }()
				return do()
			})
		}
		all.Wait()
		must := func() {
			for i, u := range people {
				if !h.wayIn(u) && len(h.unfinishedOf(u)) == 0 && !blocked[u.ID] {
					t.Errorf("person %d has no way in, and nothing is on its way", i)
				}
			}
		}
		must()
		h.must(h.Execute(h.ctx, wrong.ID)) // if both nodes gave way to each other
		h.settleDown()
		must()
		ended, kept := 0, 0
		for _, u := range people {
			d := h.delivery(wrong, u)
			if d.Undone == rekey.UndoneEnded {
				ended++
			} else if d.Undone != "" {
				kept++
			}
		}
		if now := h.run1(wrong.ID); now.Phase != "" || now.UndoneEnded != ended || now.UndoneKept != kept {
			t.Errorf("the run counts %d and %d in the phase %q, and there are %d and %d", now.UndoneEnded, now.UndoneKept, now.Phase, ended, kept)
		}
	})
}
