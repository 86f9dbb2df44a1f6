package engine

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// An automation's owner is told of failures at most once in noticeEvery, and
// noticeAfter the first, so that those that come together are told together.
const (
	noticeEvery = time.Hour
	noticeAfter = time.Minute
	noticeOf    = 24 * time.Hour // failures longer ago are not told any more
)

// notice is what is remembered about an automation.
type notice struct {
	told time.Time // when its owner was last told
	next time.Time // when they will be; in the past if nothing is to be told
}

func noticeName(automationID string) string { return "notice " + automationID }

func readNotice(ctx context.Context, tx Tx, automationID string, now time.Time) (n notice, err error) {
	told, next, err := tx.Counter(ctx, noticeName(automationID), now)
	if len(told) > 0 {
		n.told = told[0]
	}
	n.next = next
	return n, err
}

func (n notice) write(ctx context.Context, tx Tx, automationID string) error {
	return tx.PutCounter(ctx, noticeName(automationID), []time.Time{n.told}, n.next, later(n.told, n.next).Add(noticeOf))
}

// noteFailures has the owner told if any of the outcomes is a failure, unless a
// notice that will count it is on its way.
func (e *Engine) noteFailures(ctx context.Context, tx Tx, x Execution, outcomes []rekey.Delivery) error {
	failed := func(d rekey.Delivery) bool { return d.State == rekey.DeliveryFailed }
	if x.Automation.OwnerID == "" || !slices.ContainsFunc(outcomes, failed) {
		return nil
	}
	n, err := readNotice(ctx, tx, x.Automation.ID, e.now())
	if err != nil || e.now().Before(n.next) {
		return err
	}
	n.next = later(e.now().Add(noticeAfter), n.told.Add(noticeEvery))
	tx.Enqueue(Job{Kind: JobNotify, RunID: x.Run.ID, At: n.next})
	return n.write(ctx, tx, x.Automation.ID)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Notify tells the owner of a run's automation how many of its deliveries have
// failed since they were last told. The mail has no secret. While no mail can
// be sent, or sending is paused, it waits.
func (e *Engine) Notify(ctx context.Context, runID string) error {
	run, err := e.store.Run(ctx, runID)
	if err != nil {
		return err
	}
	automation, err := e.store.Automation(ctx, run.AutomationID)
	if err != nil {
		return unlessGone(err)
	}
	owner, err := e.store.User(ctx, automation.OwnerID)
	if err != nil || owner.Status != rekey.UserActive {
		return unlessGone(err)
	}
	var read notice
	early := false
	if err := e.store.Update(ctx, func(tx Tx) (err error) {
		if read, err = readNotice(ctx, tx, automation.ID, e.now()); err != nil {
			return err
		}
		again := read.told.Add(noticeEvery)
		if early = e.now().Before(again); !early {
			return nil
		}
		// Another job has told them meanwhile, maybe on another node.
		tx.Enqueue(Job{Kind: JobNotify, RunID: runID, At: again})
		return notice{told: read.told, next: later(read.next, again)}.write(ctx, tx, automation.ID)
	}); err != nil || early {
		return err
	}
	counted := e.now()
	count, err := e.store.Failures(ctx, automation.ID, later(read.told, counted.Add(-noticeOf)))
	if err != nil || count == 0 {
		return err
	}
	pause, err := e.store.Pause(ctx)
	if err != nil {
		return err
	}
	outcome := Outcome{Verdict: NotTried}
	if !pause.On() {
		outcome = e.mailer.SendNotice(ctx, Notice{
			ID: "notice-" + e.newID(), To: owner.Address, Name: owner.Name(), Language: owner.Language, Date: counted,
			Automation: automation.Name, Count: count,
		})
	}
	return e.store.Update(ctx, func(tx Tx) error {
		n, err := readNotice(ctx, tx, automation.ID, e.now())
		if err != nil {
			return err
		}
		if outcome.Verdict == NotTried || outcome.Verdict == Deferred {
			n.next = later(e.now().Add(noticeAfter), e.mailer.Down(e.now()))
			tx.Enqueue(Job{Kind: JobNotify, RunID: runID, At: n.next})
		} else {
			// What has failed since counts for the next one, which may be on its
			// way already.
			n.told = later(n.told, counted)
		}
		return n.write(ctx, tx, automation.ID)
	})
}

// unlessGone is no error for what does not exist any more.
func unlessGone(err error) error {
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	return err
}
