package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rekey"
)

// An automation's owner is told of failures at most once in noticeEvery, and
// noticeAfter the first, so that those that come together are told together.
const (
	noticeEvery = time.Hour
	noticeAfter = time.Minute
)

// noteFailures has the owner told if any of the outcomes is a failure.
func (e *Engine) noteFailures(ctx context.Context, tx Tx, x Execution, outcomes []rekey.Delivery) error {
	failed := func(d rekey.Delivery) bool { return d.State == rekey.DeliveryFailed }
	if x.Automation.OwnerID == "" || !slices.ContainsFunc(outcomes, failed) {
		return nil
	}
	first, err := tx.FirstIn(ctx, "notice "+x.Automation.ID, noticeEvery, e.now())
	if err == nil && first {
		tx.Enqueue(Job{Kind: JobNotify, RunID: x.Run.ID, At: e.now().Add(noticeAfter)})
	}
	return err
}

// Notify tells the owner of a run's automation how many of its deliveries have
// failed lately. The mail has no secret.
func (e *Engine) Notify(ctx context.Context, runID string) error {
	run, err := e.store.Run(ctx, runID)
	if err != nil {
		return err
	}
	automation, err := e.store.Automation(ctx, run.AutomationID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	owner, err := e.store.User(ctx, automation.OwnerID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	count, err := e.store.Failures(ctx, automation.ID, e.now().Add(-noticeEvery))
	if err != nil || count == 0 || owner.Status != rekey.UserActive {
		return err
	}
	outcome := e.mailer.SendNotice(ctx, Notice{
		ID: "notice-" + runID, To: owner.Address, Name: owner.Name(), Language: owner.Language, Date: e.now(),
		Automation: automation.Name, Count: count,
	})
	if outcome.Verdict == NotTried || outcome.Verdict == Deferred {
		return fmt.Errorf("notice to the owner of automation %s: reply %d", automation.ID, outcome.Reply.Code)
	}
	return nil
}
