package engine

import (
	"context"

	"rekey"
)

// A trial is planned as any other run, with all guards and limits, and ends there. Its
// deliveries are would_be_sent or skipped, so nobody has an unfinished delivery because of
// it. For its limits, what the trials of its automation would have sent counts as sent and
// as used. Nothing else counts a trial: no other run, no figure and no metric. It has no
// notice and no event.
//
// A run that is sending can become a trial, too. What has no password then gets none. What
// has one goes on, because its user may have no other.

// trialReach is the prefix under which the people that trials reached are counted.
const trialReach = "trial "

// trialOf returns the automation whose trials count for the limits of the run; "" for none.
func trialOf(run rekey.Run) string {
	if run.Trial {
		return run.AutomationID
	}
	return ""
}

// tried reports whether a delivery ended because its run is a trial, so that it counts for
// nothing.
func tried(run rekey.Run, d rekey.Delivery) bool {
	return run.Trial && (d.State == rekey.DeliverySkipped || d.State == rekey.DeliveryWouldBeSent)
}

// endTrial ends a trial, and says whether it would be held. Its ceiling counts the people
// that its automation reached in the last hour, and those that its trials would have reached.
func (p *planning) endTrial(ctx context.Context, tx Tx) error {
	p.run.State, p.run.FinishedAt, p.run.Phase, p.run.Place = rekey.RunFinished, p.run.UpdatedAt, "", ""
	if p.run.Recipients == 0 || p.plan.Ceiling == 0 {
		return nil
	}
	before, err := tx.AddRecipients(ctx, p.run.AutomationID, 0, p.run.StartedAt)
	if err != nil {
		return err
	}
	tried, err := tx.AddRecipients(ctx, trialReach+p.run.AutomationID, p.run.Recipients, p.run.StartedAt)
	if err != nil || !p.above(before+tried) {
		return err
	}
	p.run.Reason, p.run.Detail = rekey.ReasonCeiling, rekey.CeilingText(p.run.Recipients, before+tried-p.run.Recipients, p.plan.Ceiling)
	_, err = tx.AddRecipients(ctx, trialReach+p.run.AutomationID, -p.run.Recipients, p.run.StartedAt)
	return err
}
